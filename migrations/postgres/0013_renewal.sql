-- References that are kept from calls which an officer confirmed: on probation first, then in use; old ones retire. Photographs enrolled so
-- far are in use.
ALTER TABLE reference_photos ADD COLUMN standing TEXT NOT NULL DEFAULT 'in_use';
ALTER TABLE reference_photos ADD COLUMN call_id TEXT REFERENCES calls (id);
ALTER TABLE reference_photos ADD COLUMN kept_by TEXT REFERENCES officers (id);

-- The person agreed that a picture of the call is kept to compare with in later years. A choice of its own, not a condition.
ALTER TABLE consents ADD COLUMN keep_picture BOOLEAN NOT NULL DEFAULT FALSE;
