-- What an access system is being told: written before it is told, gone in the command that records what it answered. One
-- that stays behind is in doubt: whoever was telling was killed, stands still, or could not record it, and what it said
-- may reach the system later than what others say meanwhile (store/tellings.ts). It names rows and no people.
CREATE TABLE telling (
  workspace_id uuid NOT NULL,
  telling_id uuid NOT NULL,
  acs_system_id uuid NOT NULL,
  -- [{kind, id, external_id, acs_user_id, mode, is_deleting}]; see src/domain/records.ts.
  subjects jsonb NOT NULL,
  began_at timestamptz NOT NULL DEFAULT now(),
  -- Somebody else has told the system something since.
  lost_at timestamptz,
  -- Whoever was telling has said so itself: nothing more of it will reach the system.
  is_over boolean NOT NULL DEFAULT false,
  checks integer NOT NULL DEFAULT 0,
  check_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, telling_id),
  FOREIGN KEY (workspace_id, acs_system_id) REFERENCES acs_system ON DELETE CASCADE
);
CREATE INDEX telling_system ON telling (workspace_id, acs_system_id);
CREATE INDEX telling_check ON telling (check_at);

ALTER TABLE telling ENABLE ROW LEVEL SECURITY;
ALTER TABLE telling FORCE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON telling TO lockstitch_app
  USING (workspace_id = current_setting('lockstitch.workspace_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON telling TO lockstitch_app;
CREATE POLICY across_workspaces ON telling TO lockstitch_system USING (true);
GRANT SELECT ON telling TO lockstitch_system;
