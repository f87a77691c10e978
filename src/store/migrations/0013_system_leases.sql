-- Which process is talking to an access system: of several on one database, one at a time. A killed one's turn ends by
-- itself (store/system-leases.ts).
CREATE TABLE system_lease (
  workspace_id uuid NOT NULL,
  acs_system_id uuid NOT NULL,
  holder uuid NOT NULL,
  held_until timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, acs_system_id),
  FOREIGN KEY (workspace_id, acs_system_id) REFERENCES acs_system ON DELETE CASCADE
);
CREATE INDEX system_lease_holder ON system_lease (holder);

ALTER TABLE system_lease ENABLE ROW LEVEL SECURITY;
ALTER TABLE system_lease FORCE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON system_lease TO lockstitch_app
  USING (workspace_id = current_setting('lockstitch.workspace_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON system_lease TO lockstitch_app;
CREATE POLICY across_workspaces ON system_lease TO lockstitch_system USING (true);
GRANT SELECT, UPDATE ON system_lease TO lockstitch_system;
