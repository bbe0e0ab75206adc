-- Signing in: roles, invitations, passkeys, codes, sessions that can be listed and ended, and a throttle on name and network.

-- An empty password_hash: no password. roles is JSON; who was there before could review and approve.
ALTER TABLE officers ADD COLUMN roles TEXT NOT NULL DEFAULT '["officer","approver"]';
ALTER TABLE officers ADD COLUMN sealed_code_secret BLOB;
-- The last 30-second step whose code was used: no code works twice.
ALTER TABLE officers ADD COLUMN code_step BIGINT NOT NULL DEFAULT 0;

CREATE TABLE invitations (
    token_sha256 TEXT PRIMARY KEY NOT NULL,
    officer_id TEXT NOT NULL REFERENCES officers (id),
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    sealed_code_secret BLOB
);
CREATE INDEX invitations_officer ON invitations (officer_id);

CREATE TABLE passkeys (
    id TEXT PRIMARY KEY NOT NULL,
    officer_id TEXT NOT NULL REFERENCES officers (id),
    public_key BLOB NOT NULL,
    sign_count BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX passkeys_officer ON passkeys (officer_id);

-- Challenges carry their own proof (drawing one writes nothing); those that were used are kept until their time is over.
CREATE TABLE used_challenges (
    challenge_sha256 TEXT PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);

-- A browser in which an officer has signed in before: strangers who guess cannot keep it out.
CREATE TABLE known_browsers (
    token_sha256 TEXT PRIMARY KEY NOT NULL,
    officer_id TEXT NOT NULL REFERENCES officers (id),
    seen_at BIGINT NOT NULL
);

-- Sessions from before carry no proof that lasts: everybody signs in once anew.
DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN way TEXT NOT NULL DEFAULT 'password';
ALTER TABLE sessions ADD COLUMN browser TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_officer ON sessions (officer_id);

DROP TABLE sign_in_failures;
CREATE TABLE sign_in_failures (
    key_sha256 TEXT PRIMARY KEY NOT NULL,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
