-- One shape in both databases: ids and enum names are TEXT, instants BIGINT (ms since 1970 UTC), dates TEXT (ISO 8601),
-- structured values TEXT (JSON), sealed bytes BYTEA here and BLOB there (SQLite). Nothing relies on SQL clocks or date arithmetic.

CREATE TABLE beneficiaries (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    id_number TEXT NOT NULL UNIQUE,
    birth_on TEXT NOT NULL,
    sex TEXT NOT NULL,
    phone TEXT,
    residence TEXT,
    status TEXT NOT NULL,
    scheme TEXT NOT NULL,
    last_confirmed_on TEXT,
    due_on TEXT NOT NULL,
    attempts_from BIGINT NOT NULL,
    seal_salt BYTEA NOT NULL,
    added_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE reference_photos (
    id TEXT PRIMARY KEY NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    source TEXT NOT NULL,
    taken_on TEXT,
    enrolled_at BIGINT NOT NULL,
    eyes TEXT NOT NULL,
    quality BIGINT NOT NULL,
    sealed_photo BYTEA NOT NULL,
    embedder_sha256 TEXT NOT NULL,
    sealed_embedding BYTEA NOT NULL
);
CREATE INDEX reference_photos_beneficiary ON reference_photos (beneficiary_id);

CREATE TABLE links (
    id TEXT PRIMARY KEY NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    token_sha256 TEXT NOT NULL UNIQUE,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE consents (
    id TEXT PRIMARY KEY NOT NULL,
    link_id TEXT NOT NULL REFERENCES links (id),
    version TEXT NOT NULL,
    language TEXT NOT NULL,
    assisted BOOLEAN NOT NULL,
    given_at BIGINT NOT NULL
);
CREATE INDEX consents_link ON consents (link_id);

-- kind 'call' is a video call, kind 'photo' a single still sent instead.
CREATE TABLE calls (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    link_id TEXT NOT NULL REFERENCES links (id),
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    node TEXT NOT NULL,
    token_sha256 TEXT NOT NULL,
    status TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    ended_at BIGINT,
    counts BOOLEAN NOT NULL,
    result TEXT,
    policy_version TEXT NOT NULL,
    sealed_record BYTEA,
    evidence_sha256 TEXT
);
CREATE UNIQUE INDEX calls_one_open ON calls (link_id) WHERE status = 'open';
CREATE INDEX calls_beneficiary ON calls (beneficiary_id, ended_at);
CREATE INDEX calls_node ON calls (node) WHERE status = 'open';

CREATE TABLE stills (
    id TEXT PRIMARY KEY NOT NULL,
    call_id TEXT NOT NULL REFERENCES calls (id),
    seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    probe BOOLEAN NOT NULL,
    width_px BIGINT NOT NULL,
    height_px BIGINT NOT NULL,
    eyes TEXT NOT NULL,
    quality BIGINT,
    sealed_jpeg BYTEA NOT NULL
);
CREATE INDEX stills_call ON stills (call_id);

CREATE TABLE officers (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    added_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_sha256 TEXT PRIMARY KEY NOT NULL,
    officer_id TEXT NOT NULL REFERENCES officers (id),
    signed_in_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

CREATE TABLE sign_in_failures (
    name_sha256 TEXT PRIMARY KEY NOT NULL,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);

CREATE TABLE cases (
    id TEXT PRIMARY KEY NOT NULL,
    number TEXT NOT NULL UNIQUE,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    link_id TEXT REFERENCES links (id),
    call_id TEXT UNIQUE REFERENCES calls (id),
    reasons TEXT NOT NULL,
    wish TEXT,
    wish_phone TEXT,
    opened_at BIGINT NOT NULL,
    answer_by BIGINT NOT NULL,
    officer_id TEXT REFERENCES officers (id),
    version BIGINT NOT NULL
);
CREATE INDEX cases_status ON cases (status, kind, answer_by);
CREATE INDEX cases_link ON cases (link_id);

CREATE TABLE confirmations (
    id TEXT PRIMARY KEY NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    channel TEXT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    period_from TEXT NOT NULL,
    due_on TEXT NOT NULL,
    link_id TEXT UNIQUE REFERENCES links (id),
    call_id TEXT UNIQUE REFERENCES calls (id),
    case_id TEXT UNIQUE REFERENCES cases (id),
    officer_id TEXT REFERENCES officers (id),
    evidence_sha256 TEXT,
    policy_version TEXT,
    receipt_number TEXT NOT NULL UNIQUE
);
CREATE INDEX confirmations_beneficiary ON confirmations (beneficiary_id, confirmed_at);

CREATE TABLE audit (
    id TEXT PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    officer_id TEXT REFERENCES officers (id),
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_subject ON audit (subject_kind, subject_id, at);

-- Free text of officers stands apart from the audit event it belongs to, so that audit stays free of personal data.
CREATE TABLE case_notes (
    audit_id TEXT PRIMARY KEY NOT NULL REFERENCES audit (id),
    case_id TEXT NOT NULL REFERENCES cases (id),
    note TEXT NOT NULL
);

-- 'peaks': the Merkle tree's right edge after this entry, so that appending needs only the last row.
CREATE TABLE ledger (
    sequence BIGINT PRIMARY KEY NOT NULL,
    entry TEXT NOT NULL,
    leaf_sha256 TEXT NOT NULL UNIQUE,
    peaks TEXT NOT NULL
);

CREATE TABLE policies (
    version TEXT PRIMARY KEY NOT NULL,
    policy TEXT NOT NULL,
    first_used_at BIGINT NOT NULL
);

-- Which vault keys have sealed something here, so that a lost or foreign key file is noticed before anything is written.
CREATE TABLE vault_keys (
    key_id TEXT PRIMARY KEY NOT NULL,
    first_used_at BIGINT NOT NULL
);

CREATE TABLE counters (
    name TEXT PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
);
