-- Who held the phone, and that the beneficiary agreed in person meanwhile. NULL: not asked (alone, or consents before this version).
ALTER TABLE consents ADD COLUMN helper TEXT;
ALTER TABLE consents ADD COLUMN own_consent BOOLEAN;
