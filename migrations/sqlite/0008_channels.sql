-- Channels besides the call: appointments, posted and consular forms, visits and stations, the special-care register (台账), matched data.
-- The same text in both databases but for BLOB (BYTEA in PostgreSQL).

-- How somebody was helped: guided, assisted, proxy. NULL: alone, or not known.
ALTER TABLE confirmations ADD COLUMN assistance TEXT;

-- Days with other hours than the weekly pattern's; an empty list: closed.
CREATE TABLE appointment_exceptions (
    day_on TEXT PRIMARY KEY NOT NULL,
    spans TEXT NOT NULL,
    reason TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    officer_id TEXT REFERENCES officers (id)
);

CREATE TABLE appointments (
    id TEXT PRIMARY KEY NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    link_id TEXT REFERENCES links (id),
    case_id TEXT REFERENCES cases (id),
    way TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    seat BIGINT NOT NULL,
    state TEXT NOT NULL,
    booked_at BIGINT NOT NULL,
    booked_by TEXT REFERENCES officers (id),
    version BIGINT NOT NULL
);
-- A place of a slot is taken once, and a person has one appointment to come.
CREATE UNIQUE INDEX appointments_seat ON appointments (starts_at, seat) WHERE state <> 'cancelled';
CREATE UNIQUE INDEX appointments_one ON appointments (beneficiary_id) WHERE state = 'booked';
CREATE INDEX appointments_beneficiary ON appointments (beneficiary_id, starts_at);

-- A form on paper. Scan and keyings are sealed. Two different people key it; without both there is no confirmation.
CREATE TABLE paper_forms (
    id TEXT PRIMARY KEY NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    received_by TEXT NOT NULL REFERENCES officers (id),
    scan_sha256 TEXT NOT NULL,
    sealed_scan BLOB NOT NULL,
    sealed_first BLOB,
    first_by TEXT REFERENCES officers (id),
    sealed_second BLOB,
    second_by TEXT REFERENCES officers (id),
    refusal TEXT,
    closed_at BIGINT,
    confirmation_id TEXT UNIQUE REFERENCES confirmations (id),
    version BIGINT NOT NULL,
    UNIQUE (beneficiary_id, scan_sha256),
    CHECK (first_by IS NULL OR second_by IS NULL OR first_by <> second_by),
    CHECK (state <> 'confirmed' OR (first_by IS NOT NULL AND second_by IS NOT NULL AND confirmation_id IS NOT NULL)),
    CHECK (state <> 'refused' OR refusal IS NOT NULL)
);
CREATE INDEX paper_forms_open ON paper_forms (received_at) WHERE state NOT IN ('confirmed', 'refused');
CREATE INDEX paper_forms_beneficiary ON paper_forms (beneficiary_id, received_at);

-- Somebody goes there, or the person comes to a station. Picture and statement are sealed; who records it never checks it.
CREATE TABLE visits (
    id TEXT PRIMARY KEY NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    channel TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    case_id TEXT REFERENCES cases (id),
    township TEXT NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL,
    planned_on TEXT,
    clerk_id TEXT REFERENCES officers (id),
    link_id TEXT REFERENCES links (id),
    visited_at BIGINT,
    outcome TEXT,
    assistance TEXT,
    sealed_photo BLOB,
    sealed_statement BLOB,
    evidence_sha256 TEXT,
    checked_by TEXT REFERENCES officers (id),
    closed_at BIGINT,
    confirmation_id TEXT UNIQUE REFERENCES confirmations (id),
    version BIGINT NOT NULL,
    CHECK (checked_by IS NULL OR clerk_id IS NULL OR checked_by <> clerk_id)
);
CREATE UNIQUE INDEX visits_one_open ON visits (beneficiary_id) WHERE state IN ('asked', 'assigned', 'recorded');
CREATE INDEX visits_list ON visits (township, planned_on) WHERE state IN ('asked', 'assigned', 'recorded');
CREATE INDEX visits_beneficiary ON visits (beneficiary_id, asked_at);

-- Who needs special care (台账). An entry is ended, never deleted.
CREATE TABLE special_care (
    id TEXT PRIMARY KEY NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    flag TEXT NOT NULL,
    reason TEXT NOT NULL,
    since_on TEXT NOT NULL,
    review_on TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    entered_at BIGINT NOT NULL,
    entered_by TEXT NOT NULL REFERENCES officers (id),
    ended_at BIGINT,
    ended_by TEXT REFERENCES officers (id),
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX special_care_once ON special_care (beneficiary_id, flag) WHERE ended_at IS NULL;
CREATE INDEX special_care_review ON special_care (review_on) WHERE ended_at IS NULL;

-- Events from elsewhere that were matched, with what they were worth. The same event is recorded once, whichever file brings it.
CREATE TABLE evidence_events (
    id TEXT PRIMARY KEY NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    event_on TEXT NOT NULL,
    place TEXT NOT NULL,
    found TEXT NOT NULL,
    file_sha256 TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    confirmation_id TEXT REFERENCES confirmations (id),
    UNIQUE (beneficiary_id, source, kind, event_on)
);
