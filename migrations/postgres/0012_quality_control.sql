-- Quality control and audit: draws of automatic passes, changes of policy by two people, cases of known truth, seals over the audit,
-- and what statistics need to know of a call.

-- 'kind' is 'sampling' or 'decision'. Before the first approved change the settings decide. Both people are known, whoever writes it.
CREATE TABLE policy_changes (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    terms TEXT NOT NULL,
    effective_from TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    proposer_id TEXT NOT NULL REFERENCES officers (id),
    decided_at BIGINT,
    approver_id TEXT REFERENCES officers (id),
    UNIQUE (kind, version),
    CHECK (state <> 'approved' OR (approver_id IS NOT NULL AND approver_id <> proposer_id))
);
CREATE UNIQUE INDEX policy_changes_one_waits ON policy_changes (kind) WHERE state = 'proposed';

-- Every automatic pass is drawn for, in the transaction that records it. 'value' (8 bytes, hex) follows from the vault's key, the call and
-- its evidence, so that the draw can be made again by whoever has the key, and foretold by nobody else. Shares are per 10,000.
CREATE TABLE sample_draws (
    call_id TEXT PRIMARY KEY NOT NULL REFERENCES calls (id),
    at BIGINT NOT NULL,
    channel TEXT NOT NULL,
    age_band TEXT NOT NULL,
    rule_version BIGINT NOT NULL,
    share BIGINT NOT NULL,
    value TEXT NOT NULL,
    drawn BOOLEAN NOT NULL
);
CREATE INDEX sample_draws_at ON sample_draws (at);

-- A case whose truth is known. It looks like any other; its decision is kept here and nowhere else. The record is sealed under the key of
-- the call's own person, so it is gone when they are.
CREATE TABLE seeded_cases (
    case_id TEXT PRIMARY KEY NOT NULL REFERENCES cases (id),
    truth TEXT NOT NULL,
    call_id TEXT NOT NULL REFERENCES calls (id),
    reference_of TEXT NOT NULL REFERENCES beneficiaries (id),
    persona TEXT NOT NULL,
    sealed_record BYTEA NOT NULL,
    seeded_at BIGINT NOT NULL,
    seeded_by TEXT NOT NULL REFERENCES officers (id),
    answered_at BIGINT,
    answered_by TEXT REFERENCES officers (id),
    answer TEXT,
    was_right BOOLEAN
);
CREATE INDEX seeded_cases_answered ON seeded_cases (answered_by) WHERE answered_by IS NOT NULL;
CREATE INDEX seeded_cases_call ON seeded_cases (call_id);

-- A digest over all audit events of a span of time, itself an entry of the ledger.
CREATE TABLE audit_seals (
    sequence BIGINT PRIMARY KEY NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    events BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    ledger_sequence BIGINT NOT NULL
);
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_officer ON audit (officer_id, at);

-- Class of the device, and how the capture ended. NULL: before this was kept.
ALTER TABLE calls ADD COLUMN device TEXT;
ALTER TABLE calls ADD COLUMN capture_end TEXT;
CREATE INDEX links_made ON links (made_at);
