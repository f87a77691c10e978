-- What became of a request that carried an Idempotency-Key: written in the command that had the effect, so that asking
-- again never has it twice. `scope` is who asked: `workspace`, or a client session. `workspace_id` is the user's id for
-- requests without a workspace (workspaces/create), so it refers to nothing.
CREATE TABLE idempotency_record (
  workspace_id uuid NOT NULL,
  scope text NOT NULL,
  idempotency_key text NOT NULL,
  -- SHA-256 of operation and parameters, in hex: another request may not have the same key.
  fingerprint text NOT NULL,
  -- What the request has decided so far, and its answer once there is one: encrypted, they may hold tokens and PINs.
  sealed_results text NOT NULL,
  sealed_answer text,
  -- By the workspace's clock; the key is free again 24 hours later.
  created_at timestamptz NOT NULL,
  -- By the machine's clock: when the row is swept away.
  sweep_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, scope, idempotency_key)
);
CREATE INDEX idempotency_record_sweep ON idempotency_record (sweep_at);

ALTER TABLE idempotency_record ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_record FORCE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON idempotency_record TO lockstitch_app
  USING (workspace_id = current_setting('lockstitch.workspace_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_record TO lockstitch_app;
CREATE POLICY across_workspaces ON idempotency_record TO lockstitch_system USING (true);
GRANT SELECT, DELETE ON idempotency_record TO lockstitch_system;
