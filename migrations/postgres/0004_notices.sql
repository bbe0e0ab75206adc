-- Notices (an outbox: what is to be said is written down first, carried, and then what became of it), and what the paying side is told.
-- The same text in both databases.

-- E-mail addresses, of the beneficiary or of who speaks for them.
CREATE TABLE notice_addresses (
    beneficiary_id TEXT PRIMARY KEY NOT NULL REFERENCES beneficiaries (id),
    email TEXT NOT NULL,
    belongs_to TEXT NOT NULL,
    recorded_at BIGINT NOT NULL
);

-- One link a person and period. Its token is derived by the vault and stands nowhere; the short code of letters as a keyed hash.
CREATE TABLE notice_links (
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    occasion TEXT NOT NULL,
    link_id TEXT NOT NULL UNIQUE REFERENCES links (id),
    code_hash TEXT NOT NULL UNIQUE,
    PRIMARY KEY (beneficiary_id, occasion)
);

CREATE TABLE letter_batches (
    id TEXT PRIMARY KEY NOT NULL,
    township TEXT NOT NULL,
    status TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    file TEXT NOT NULL,
    letters BIGINT NOT NULL,
    sha256 TEXT,
    written_at BIGINT
);
CREATE INDEX letter_batches_open ON letter_batches (made_at, id) WHERE status = 'open';

-- 'turn' counts the channels that were given up before: one notice, one channel, one contact attempt.
CREATE TABLE notices (
    id TEXT PRIMARY KEY NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    kind TEXT NOT NULL,
    occasion TEXT NOT NULL,
    day BIGINT NOT NULL,
    turn BIGINT NOT NULL,
    channel TEXT NOT NULL,
    township TEXT NOT NULL,
    status TEXT NOT NULL,
    link_id TEXT REFERENCES links (id),
    planned_on TEXT NOT NULL,
    planned_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    given_up TEXT NOT NULL,
    batch_id TEXT REFERENCES letter_batches (id),
    claimed_until BIGINT,
    ended_at BIGINT,
    failure TEXT,
    detail TEXT NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (beneficiary_id, kind, occasion, day, turn)
);
CREATE INDEX notices_waiting ON notices (next_at, id) WHERE status IN ('planned', 'claimed');
CREATE INDEX notices_letters ON notices (township, next_at) WHERE status = 'planned' AND channel = 'letter';
CREATE INDEX notices_batch ON notices (batch_id);

-- Files for the paying side. 'written_at' is empty until all of a file's parts lie in the outbox.
CREATE TABLE continuation_files (
    sequence BIGINT PRIMARY KEY NOT NULL,
    made_at BIGINT NOT NULL,
    made_on TEXT NOT NULL,
    totals TEXT NOT NULL,
    csv_sha256 TEXT,
    json_sha256 TEXT,
    written_at BIGINT
);

-- What a file says, as it was said: a second export gives the same bytes whatever changed since.
CREATE TABLE continuation_rows (
    file_sequence BIGINT NOT NULL REFERENCES continuation_files (sequence),
    row_number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    confirmation_id TEXT UNIQUE REFERENCES confirmations (id),
    proposal_id TEXT UNIQUE REFERENCES proposals (id),
    name TEXT NOT NULL,
    id_number TEXT NOT NULL,
    scheme TEXT NOT NULL,
    decided_on TEXT NOT NULL,
    continues_until TEXT,
    from_month TEXT,
    arrears_from TEXT,
    arrears_until TEXT,
    arrears_months BIGINT NOT NULL,
    receipt_number TEXT,
    answer TEXT,
    answer_reason TEXT,
    answered_at BIGINT,
    PRIMARY KEY (file_sequence, row_number)
);
CREATE INDEX continuation_rows_beneficiary ON continuation_rows (beneficiary_id);

-- Machines that may read the feed.
CREATE TABLE feed_tokens (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    token_sha256 TEXT NOT NULL UNIQUE,
    made_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- Planning asks for each person whether an officer is at their case.
CREATE INDEX IF NOT EXISTS cases_beneficiary ON cases (beneficiary_id);
