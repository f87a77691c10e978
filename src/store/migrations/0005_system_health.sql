-- How well a system can be reached: failed tries since the last success, and when it was last read whole.
ALTER TABLE acs_system ADD COLUMN failed_tries integer NOT NULL DEFAULT 0, ADD COLUMN synced_at timestamptz;

-- Systems are looked at now and then; those connected before are from now on. The owner of the tables writes this across
-- workspaces, which row-level security forbids it otherwise.
ALTER TABLE acs_system NO FORCE ROW LEVEL SECURITY;
ALTER TABLE job NO FORCE ROW LEVEL SECURITY;
INSERT INTO job (workspace_id, kind, key, run_at) SELECT workspace_id, 'sync_system', acs_system_id::text, now() FROM acs_system;
ALTER TABLE acs_system FORCE ROW LEVEL SECURITY;
ALTER TABLE job FORCE ROW LEVEL SECURITY;
