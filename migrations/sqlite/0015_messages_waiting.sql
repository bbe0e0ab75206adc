-- Messages that wait, without the letters among them: those are taken by township.
DROP INDEX notices_waiting;
CREATE INDEX notices_messages ON notices (next_at, id) WHERE status IN ('planned', 'claimed') AND channel IN ('sms', 'email');
