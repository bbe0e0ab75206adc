-- The county's pages: figures and lists over everybody, search from the end of a number, when a link was first opened, and batches
-- that are run from the console. The same text in both databases but for BYTEA (BLOB in SQLite).

-- Read from the residence by the program; NULL: not read yet.
ALTER TABLE beneficiaries ADD COLUMN township TEXT;
CREATE INDEX beneficiaries_untold_township ON beneficiaries (id) WHERE township IS NULL;
CREATE INDEX beneficiaries_township ON beneficiaries (township, due_on);
CREATE INDEX beneficiaries_status ON beneficiaries (status, due_on);
CREATE INDEX beneficiaries_name_head ON beneficiaries (substr(name, 1, 2));
CREATE INDEX beneficiaries_id_tail ON beneficiaries (substr(id_number, 15, 4));
CREATE INDEX beneficiaries_phone_tail ON beneficiaries (substr(phone, length(phone) - 3));

ALTER TABLE links ADD COLUMN opened_at BIGINT;
-- A link on a clerk's device: what a call on it confirms counts as this channel (station, home_visit). NULL: the person's own device.
ALTER TABLE links ADD COLUMN channel TEXT;
CREATE INDEX links_beneficiary ON links (beneficiary_id, made_at);
CREATE INDEX links_opened ON links (opened_at, beneficiary_id) WHERE opened_at IS NOT NULL;
CREATE INDEX calls_opened ON calls (opened_at, beneficiary_id);
CREATE INDEX contact_attempts_on ON contact_attempts (attempted_on, beneficiary_id, outcome);
CREATE INDEX confirmations_alive ON confirmations (period_from, channel);

-- A batch that somebody runs from the console. Its file lies sealed in the data folder, part by part, until the batch is over; the salt
-- of its key stands here and is forgotten with it.
CREATE TABLE batches (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    file_name TEXT,
    file_bytes BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    received BIGINT NOT NULL,
    seal_salt BLOB,
    node TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    made_by TEXT NOT NULL REFERENCES officers (id),
    run_by TEXT REFERENCES officers (id),
    ended_at BIGINT,
    report TEXT,
    version BIGINT NOT NULL
);
-- One of a kind runs at a time, on whichever machine.
CREATE UNIQUE INDEX batches_running ON batches (kind) WHERE state = 'running';
CREATE INDEX batches_made ON batches (made_at, id);
