-- Since when somebody is no longer in the roster file. Nobody is deleted, and nothing ends by it.
ALTER TABLE beneficiaries ADD COLUMN gone_at BIGINT;

-- SHA-256 of the file that a reference was enrolled from, so that the same file is not enrolled twice.
ALTER TABLE reference_photos ADD COLUMN file_sha256 TEXT;

CREATE TABLE roster_imports (
    id TEXT PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    officer_id TEXT REFERENCES officers (id),
    file_sha256 TEXT NOT NULL,
    people BIGINT NOT NULL,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    gone BIGINT NOT NULL,
    marked BIGINT NOT NULL,
    photos BIGINT NOT NULL
);

-- What an import changed about a person. kind: added (only with an id number of 15 digits, kept as it was given), changed, gone.
-- 'before': the values that were replaced.
CREATE TABLE roster_changes (
    import_id TEXT NOT NULL REFERENCES roster_imports (id),
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    kind TEXT NOT NULL,
    id_number_given TEXT,
    before TEXT NOT NULL,
    PRIMARY KEY (beneficiary_id, import_id)
);
