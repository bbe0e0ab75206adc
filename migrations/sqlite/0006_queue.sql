-- The queue: lanes, the grounds of the order (the deadline's day, harm if late, who is online, risk), claims, and what waits for a
-- second officer. Cases from before get the middle of harm and risk; their deadline still leads.
ALTER TABLE cases ADD COLUMN lane TEXT NOT NULL DEFAULT 'to_review';
ALTER TABLE cases ADD COLUMN answer_on TEXT NOT NULL DEFAULT '1970-01-01';
ALTER TABLE cases ADD COLUMN harm BIGINT NOT NULL DEFAULT 1;
ALTER TABLE cases ADD COLUMN risk BIGINT NOT NULL DEFAULT 1;
ALTER TABLE cases ADD COLUMN online_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN claimed_by TEXT REFERENCES officers (id);
ALTER TABLE cases ADD COLUMN claimed_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN snoozed_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN for_officer TEXT REFERENCES officers (id);
ALTER TABLE cases ADD COLUMN proposal TEXT;
-- Where the case stood before a move that its officer may still take back.
ALTER TABLE cases ADD COLUMN before TEXT;
UPDATE cases SET lane = CASE
    WHEN status IN ('confirmed', 'asked_again', 'settled') THEN 'closed'
    WHEN status = 'to_approve' THEN 'to_approve'
    WHEN kind IN ('call_back', 'confirm_alive', 'data_conflict') THEN 'call_back'
    WHEN kind = 'paper_form' THEN 'mail'
    WHEN kind IN ('appointment', 'home_visit') THEN 'visit'
    WHEN reasons = '["random_sample"]' THEN 'sample'
    ELSE 'to_review' END;
-- The order begins with these two; what is closed is most of the table and is never offered.
CREATE INDEX cases_next ON cases (answer_on, harm) WHERE lane <> 'closed';
CREATE INDEX cases_lane ON cases (lane, opened_at);
CREATE INDEX cases_claims ON cases (claimed_by) WHERE claimed_by IS NOT NULL;
