-- Live calls between a person and an officer. What was said and shown is kept nowhere: the signed protocol holds ids, times and digests, the
-- stills are what the officer kept by a key. The same text in both databases but for BYTEA (BLOB in SQLite).
CREATE TABLE live_calls (
    id TEXT PRIMARY KEY NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    officer_id TEXT REFERENCES officers (id),
    node TEXT NOT NULL,
    phone_token_sha256 TEXT,
    officer_token_sha256 TEXT,
    opened_at BIGINT NOT NULL,
    ended_at BIGINT,
    ending TEXT,
    protocol TEXT,
    signature TEXT,
    protocol_sha256 TEXT
);
-- Two officers cannot ring the same person, and nobody waits twice.
CREATE UNIQUE INDEX live_calls_open ON live_calls (beneficiary_id) WHERE ended_at IS NULL;
CREATE INDEX live_calls_case ON live_calls (case_id, opened_at);

CREATE TABLE live_stills (
    id TEXT PRIMARY KEY NOT NULL,
    live_call_id TEXT NOT NULL REFERENCES live_calls (id),
    taken_at BIGINT NOT NULL,
    width_px BIGINT NOT NULL,
    height_px BIGINT NOT NULL,
    jpeg_sha256 TEXT NOT NULL,
    sealed_jpeg BYTEA NOT NULL
);
CREATE INDEX live_stills_call ON live_stills (live_call_id, taken_at);
