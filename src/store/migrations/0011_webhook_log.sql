-- Webhooks: the log of every try, two secrets while one takes over from the other, and an end to endless failing.
ALTER TABLE webhook
  -- The secret before the last rotation; deliveries are signed with it as well until `previous_secret_ends_at`.
  ADD COLUMN previous_secret_sealed text,
  ADD COLUMN previous_secret_ends_at timestamptz,
  -- The first failed try since the last one that succeeded; null = the last one succeeded.
  ADD COLUMN failing_since timestamptz,
  -- Nothing is sent from then on; its deliveries are written as `held`.
  ADD COLUMN disabled_at timestamptz;

ALTER TABLE webhook_delivery
  -- How often it was asked for again, and the tries made before the last time: the waits begin anew.
  ADD COLUMN resend_count integer NOT NULL DEFAULT 0,
  ADD COLUMN attempts_before_resend integer NOT NULL DEFAULT 0;
CREATE INDEX webhook_delivery_page ON webhook_delivery (workspace_id, created_at, webhook_delivery_id);

CREATE TABLE webhook_attempt (
  workspace_id uuid NOT NULL,
  webhook_delivery_id uuid NOT NULL,
  attempt_number integer NOT NULL,
  started_at timestamptz NOT NULL,
  duration_ms integer NOT NULL,
  status_code integer,
  error text,
  -- The first 500 characters of the answer.
  response_body text,
  -- By the machine's clock: when the row is swept away.
  sweep_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, webhook_delivery_id, attempt_number),
  FOREIGN KEY (workspace_id, webhook_delivery_id) REFERENCES webhook_delivery ON DELETE CASCADE
);
CREATE INDEX webhook_attempt_sweep ON webhook_attempt (sweep_at);

ALTER TABLE webhook_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_attempt FORCE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON webhook_attempt TO lockstitch_app
  USING (workspace_id = current_setting('lockstitch.workspace_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_attempt TO lockstitch_app;
CREATE POLICY across_workspaces ON webhook_attempt TO lockstitch_system USING (true);
GRANT SELECT, DELETE ON webhook_attempt TO lockstitch_system;
