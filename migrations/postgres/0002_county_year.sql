-- The county's year: schemes and calendar as data, what was tried to reach people, and what two people decided about it.
-- The same text in both databases.

-- Versions of schemes. A version is never changed: another one takes its place from a day in the future on.
CREATE TABLE schemes (
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    terms TEXT NOT NULL,
    effective_from TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    proposer_id TEXT REFERENCES officers (id),
    decided_at BIGINT,
    approver_id TEXT REFERENCES officers (id),
    PRIMARY KEY (name, version),
    -- Version 1 comes from the settings and has neither; every other one has two different people.
    CHECK (state <> 'approved' OR version = 1 OR (proposer_id IS NOT NULL AND approver_id IS NOT NULL AND proposer_id <> approver_id))
);

-- The dates of the period that runs now, counted by the scheme's version in force when it began. NULL: not counted yet.
-- 'cycle_due_on' is the due date before our outages, 'due_on' the one that holds.
ALTER TABLE beneficiaries ADD COLUMN period_from TEXT;
ALTER TABLE beneficiaries ADD COLUMN scheme_version BIGINT;
ALTER TABLE beneficiaries ADD COLUMN cycle_due_on TEXT;
ALTER TABLE beneficiaries ADD COLUMN notify_from TEXT;
ALTER TABLE beneficiaries ADD COLUMN call_from TEXT;
ALTER TABLE beneficiaries ADD COLUMN grace_until TEXT;
-- What the roster said before the first count: where the account of a person begins.
ALTER TABLE beneficiaries ADD COLUMN entered_confirmed_on TEXT;
ALTER TABLE beneficiaries ADD COLUMN entered_due_on TEXT;
CREATE INDEX beneficiaries_due ON beneficiaries (due_on, id);
CREATE INDEX beneficiaries_uncounted ON beneficiaries (id) WHERE grace_until IS NULL;

-- Holidays that fall on working days and working days that fall on weekends.
CREATE TABLE calendar_days (
    day_on TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    imported_at BIGINT NOT NULL
);

-- Our outages, first and last day: they extend every due date that runs.
CREATE TABLE due_extensions (
    id TEXT PRIMARY KEY NOT NULL,
    from_on TEXT NOT NULL,
    until_on TEXT NOT NULL,
    reason TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    officer_id TEXT REFERENCES officers (id),
    UNIQUE (from_on, until_on)
);

CREATE TABLE contact_attempts (
    id TEXT PRIMARY KEY NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    channel TEXT NOT NULL,
    outcome TEXT NOT NULL,
    attempted_at BIGINT NOT NULL,
    attempted_on TEXT NOT NULL,
    notice_id TEXT UNIQUE,
    officer_id TEXT REFERENCES officers (id)
);
CREATE INDEX contact_attempts_beneficiary ON contact_attempts (beneficiary_id, attempted_on);

-- What came in from outside: it opens a case and stops nothing.
CREATE TABLE signals (
    id TEXT PRIMARY KEY NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    event_on TEXT,
    received_at BIGINT NOT NULL,
    case_id TEXT UNIQUE REFERENCES cases (id),
    state TEXT NOT NULL,
    settled_at BIGINT
);
CREATE UNIQUE INDEX signals_once ON signals (beneficiary_id, kind, source, COALESCE(event_on, ''));
CREATE INDEX signals_open ON signals (beneficiary_id) WHERE state = 'open';

CREATE TABLE investigations (
    id TEXT PRIMARY KEY NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    opened_at BIGINT NOT NULL,
    opened_by TEXT NOT NULL REFERENCES officers (id),
    closed_at BIGINT,
    closed_by TEXT REFERENCES officers (id),
    finding TEXT,
    report TEXT,
    CHECK ((finding IS NULL) = (closed_at IS NULL) AND (finding IS NULL) = (closed_by IS NULL))
);
CREATE INDEX investigations_beneficiary ON investigations (beneficiary_id);
CREATE UNIQUE INDEX investigations_one_open ON investigations (beneficiary_id) WHERE closed_at IS NULL;

-- What is proposed to the paying side. Months are 'YYYY-MM'.
CREATE TABLE proposals (
    id TEXT PRIMARY KEY NOT NULL,
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    due_on TEXT NOT NULL,
    investigation_id TEXT REFERENCES investigations (id),
    confirmation_id TEXT REFERENCES confirmations (id),
    contact_attempts BIGINT NOT NULL,
    contact_channels BIGINT NOT NULL,
    proposed_at BIGINT NOT NULL,
    reviewer_id TEXT REFERENCES officers (id),
    decided_at BIGINT,
    approver_id TEXT REFERENCES officers (id),
    from_month TEXT,
    arrears_from TEXT,
    arrears_until TEXT,
    arrears_months BIGINT,
    acknowledged_at BIGINT,
    version BIGINT NOT NULL,
    -- A stop rests on an investigation and on two different people, whoever writes it. A resumption rests on a confirmation.
    CHECK (kind = 'resume' OR (investigation_id IS NOT NULL AND reviewer_id IS NOT NULL)),
    CHECK (kind <> 'resume' OR confirmation_id IS NOT NULL),
    CHECK (kind = 'resume' OR state NOT IN ('approved', 'acknowledged')
           OR (approver_id IS NOT NULL AND approver_id <> reviewer_id))
);
CREATE INDEX proposals_beneficiary ON proposals (beneficiary_id);
CREATE INDEX proposals_state ON proposals (state, kind, proposed_at);
CREATE UNIQUE INDEX proposals_one_open ON proposals (beneficiary_id) WHERE kind <> 'resume' AND state IN ('proposed', 'approved');

-- Every change of a benefit status, with what it rests on; 'sequence' counts the changes of one person.
CREATE TABLE benefit_status_events (
    beneficiary_id TEXT NOT NULL REFERENCES beneficiaries (id),
    sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    from_status TEXT NOT NULL,
    to_status TEXT NOT NULL,
    why TEXT NOT NULL,
    proposal_id TEXT NOT NULL REFERENCES proposals (id),
    PRIMARY KEY (beneficiary_id, sequence),
    UNIQUE (proposal_id)
);

-- The clock of a case stands while the bureau waits for the citizen.
CREATE TABLE clock_stops (
    case_id TEXT NOT NULL REFERENCES cases (id),
    sequence BIGINT NOT NULL,
    why TEXT NOT NULL,
    stopped_at BIGINT NOT NULL,
    stopped_by TEXT NOT NULL REFERENCES officers (id),
    restarted_at BIGINT,
    restarted_by TEXT REFERENCES officers (id),
    PRIMARY KEY (case_id, sequence)
);
