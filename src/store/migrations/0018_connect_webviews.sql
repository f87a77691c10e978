-- Connect Webviews: pages on which somebody connects a system. What was filled in so far lies here, sealed, so that any
-- process can serve the next page; it goes when the login has been proved or given up.
CREATE TABLE connect_webview (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  connect_webview_id uuid NOT NULL,
  -- SHA-256 of the token in its address, and the token itself, sealed: the address is shown again.
  auth_token_hash text NOT NULL,
  auth_token_sealed text NOT NULL,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'failed', 'authorized')),
  -- As it was asked for; the keys of the systems it offers follow from it.
  accepted_providers text[] NOT NULL,
  accepted_capabilities text[] NOT NULL,
  any_provider_allowed boolean NOT NULL,
  -- How it looks: the workspace's settings when it was made.
  customization jsonb NOT NULL DEFAULT '{}',
  custom_redirect_url text,
  custom_redirect_failure_url text,
  device_selection_mode text NOT NULL DEFAULT 'none',
  automatically_manage_new_devices boolean NOT NULL DEFAULT true,
  wait_for_device_creation boolean NOT NULL DEFAULT false,
  custom_metadata jsonb NOT NULL DEFAULT '{}',
  customer_key text,
  selected_provider text,
  connected_account_id uuid,
  authorized_at timestamptz,
  -- What was filled in, by system, and what was wrong with it.
  sealed_answers text,
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, connect_webview_id)
);
CREATE INDEX connect_webview_page ON connect_webview (workspace_id, created_at, connect_webview_id);
-- Whoever opens the page has nothing else to name it by.
CREATE INDEX connect_webview_address ON connect_webview (connect_webview_id);

-- A bridge in a building, through which a system there is reached. Sandboxes have virtual ones.
CREATE TABLE bridge (
  workspace_id uuid NOT NULL,
  bridge_id uuid NOT NULL,
  connected_account_id uuid NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, bridge_id),
  UNIQUE (workspace_id, connected_account_id),
  FOREIGN KEY (workspace_id, connected_account_id) REFERENCES connected_account ON DELETE CASCADE
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['connect_webview', 'bridge'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format(
      'CREATE POLICY of_workspace ON %I TO lockstitch_app USING (workspace_id = current_setting(''lockstitch.workspace_id'')::uuid)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lockstitch_app', t);
  END LOOP;
END $$;
CREATE POLICY across_workspaces ON connect_webview TO lockstitch_system USING (true);
GRANT SELECT ON connect_webview TO lockstitch_system;

ALTER TABLE acs_system
  -- A sandbox was asked to have the login refused (connected_accounts/simulate/disconnect), until it is connected again.
  ADD COLUMN refuses_login boolean NOT NULL DEFAULT false,
  -- Its account is being deleted: what is held of it goes, and nothing is told to the system any more.
  ADD COLUMN is_deleting boolean NOT NULL DEFAULT false;
