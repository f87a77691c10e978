-- The console: people who sign in with e-mail address and password, their sessions, and invitations to workspaces.

-- One row for a person who works with Lockstitch; several workspaces may have them as a member.
ALTER TABLE app_user
  ADD COLUMN full_name text,
  -- Argon2id, as a PHC string; null = this one has tokens alone and cannot sign in.
  ADD COLUMN password_hash text,
  -- It is the generated one that lies in the data folder.
  ADD COLUMN has_first_password boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX app_user_email_unique ON app_user (lower(email_address));

-- A signed-in browser. The token is in its cookie alone: here lies the SHA-256 of it, in hex. Of no workspace: a session
-- reaches those of its user, and membership is asked at each request.
CREATE TABLE console_session (
  console_session_id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
  token_hash text NOT NULL UNIQUE,
  user_agent text,
  -- By the machine's clock. Noted about once a minute, and at the end of the session's idle time it is over.
  last_seen_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX console_session_user ON console_session (user_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON console_session TO lockstitch_system;

-- Live streams of every process end with their session (src/store/live.ts).
CREATE FUNCTION announce_console_session_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('lockstitch_console_session', OLD.console_session_id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER DELETE ON console_session FOR EACH ROW EXECUTE FUNCTION announce_console_session_end();

-- Somebody who was asked into a workspace and has not come yet. `user_id` becomes theirs if they have no account so far.
-- The token, stored as its SHA-256, is known to whoever invited them and to nobody else of the installation.
CREATE TABLE console_invitation (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  user_id uuid NOT NULL,
  email_address text NOT NULL,
  full_name text,
  role text NOT NULL,
  token_hash text NOT NULL UNIQUE,
  invited_by_user_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, user_id)
);
CREATE UNIQUE INDEX console_invitation_email ON console_invitation (workspace_id, lower(email_address));
ALTER TABLE console_invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE console_invitation FORCE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON console_invitation TO lockstitch_app
  USING (workspace_id = current_setting('lockstitch.workspace_id')::uuid);
CREATE POLICY across_workspaces ON console_invitation TO lockstitch_system USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON console_invitation TO lockstitch_system;

-- A workspace that has members has an owner among them: whoever takes the last one away is refused, also when two owners
-- do it to each other at once (the workspace's row is where they wait for each other).
CREATE FUNCTION workspace_keeps_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM workspace WHERE workspace_id = OLD.workspace_id FOR UPDATE;
  IF FOUND
     AND NOT EXISTS (SELECT FROM workspace_member m WHERE m.workspace_id = OLD.workspace_id AND m.role = 'owner') THEN
    RAISE EXCEPTION 'the last owner of a workspace stays' USING ERRCODE = '23514', CONSTRAINT = 'workspace_keeps_an_owner';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keeps_an_owner AFTER DELETE OR UPDATE ON workspace_member FOR EACH ROW
  WHEN (OLD.role = 'owner') EXECUTE FUNCTION workspace_keeps_an_owner();

-- What the console shows of keys and tokens: their last four characters, who made them, when they were last used.
ALTER TABLE api_key
  ADD COLUMN token_hint text,
  ADD COLUMN created_by_user_id uuid;
ALTER TABLE personal_access_token ADD COLUMN token_hint text;
CREATE INDEX personal_access_token_user ON personal_access_token (user_id);
-- Beside the keys, so that use announces nothing: an announcement empties what every process remembers of keys.
CREATE TABLE api_key_use (
  workspace_id uuid NOT NULL,
  api_key_id uuid NOT NULL,
  last_used_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, api_key_id),
  FOREIGN KEY (workspace_id, api_key_id) REFERENCES api_key ON DELETE CASCADE
);
ALTER TABLE api_key_use ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key_use FORCE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON api_key_use TO lockstitch_app
  USING (workspace_id = current_setting('lockstitch.workspace_id')::uuid);
CREATE POLICY across_workspaces ON api_key_use TO lockstitch_system USING (true);
GRANT SELECT, INSERT, UPDATE ON api_key_use TO lockstitch_system;
CREATE TABLE personal_access_token_use (
  personal_access_token_id uuid PRIMARY KEY REFERENCES personal_access_token ON DELETE CASCADE,
  last_used_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON personal_access_token_use TO lockstitch_system;
