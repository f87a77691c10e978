-- The first schema. Every tenant table carries workspace_id first in its primary key and unique
-- constraints, so that the schema can later be distributed by workspace (design.md section 1).

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Roles: lockstitch_app is bound to one workspace at a time by row-level security; lockstitch_system
-- does what must look across workspaces (sign-in, taking jobs) and sees only the tables it needs.
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'lockstitch_app') THEN
    CREATE ROLE lockstitch_app NOLOGIN;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'lockstitch_system') THEN
    CREATE ROLE lockstitch_system NOLOGIN;
  END IF;
END $$;
GRANT lockstitch_app, lockstitch_system TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO lockstitch_app, lockstitch_system;

-- Raised inside a command when a row it decided on has changed since it was read: the whole statement
-- is undone and the command decides again.
CREATE FUNCTION assert_rows(what text, expected bigint, actual bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
  IF expected <> actual THEN
    RAISE EXCEPTION 'stale %: expected % rows, found %', what, expected, actual USING ERRCODE = 'LS001';
  END IF;
  RETURN actual;
END $$;

CREATE TABLE app_user (
  user_id uuid PRIMARY KEY,
  email_address text,
  created_at timestamptz NOT NULL
);

CREATE TABLE workspace (
  workspace_id uuid PRIMARY KEY,
  name text NOT NULL,
  company_name text NOT NULL,
  connect_partner_name text,
  connect_webview_customization jsonb NOT NULL DEFAULT '{}',
  is_sandbox boolean NOT NULL,
  is_suspended boolean NOT NULL DEFAULT false,
  is_publishable_key_auth_enabled boolean NOT NULL DEFAULT true,
  publishable_key text NOT NULL UNIQUE,
  organization_id uuid,
  clock_offset_ms bigint NOT NULL DEFAULT 0,
  clock_frozen_at timestamptz,
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1
);

CREATE TABLE workspace_member (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES app_user,
  role text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, user_id)
);

CREATE TABLE personal_access_token (
  personal_access_token_id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES app_user,
  name text NOT NULL,
  token_short text NOT NULL UNIQUE,
  token_hash text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE api_key (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  api_key_id uuid NOT NULL,
  name text NOT NULL,
  token_short text NOT NULL UNIQUE,
  token_hash text NOT NULL,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (workspace_id, api_key_id)
);

CREATE TABLE connected_account (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  connected_account_id uuid NOT NULL,
  provider text NOT NULL,
  account_type_display_name text NOT NULL,
  display_name text NOT NULL,
  user_identifier jsonb NOT NULL DEFAULT '{}',
  config jsonb NOT NULL DEFAULT '{}',
  accepted_capabilities text[] NOT NULL DEFAULT '{access_control}',
  automatically_manage_new_devices boolean NOT NULL DEFAULT true,
  custom_metadata jsonb NOT NULL DEFAULT '{}',
  customer_key text,
  errors jsonb NOT NULL DEFAULT '[]',
  warnings jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, connected_account_id)
);

CREATE TABLE acs_system (
  workspace_id uuid NOT NULL,
  acs_system_id uuid NOT NULL,
  connected_account_id uuid NOT NULL,
  provider text NOT NULL,
  external_id text NOT NULL,
  name text NOT NULL,
  time_zone text,
  metadata jsonb NOT NULL DEFAULT '{}',
  default_credential_manager_acs_system_id uuid,
  errors jsonb NOT NULL DEFAULT '[]',
  warnings jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, acs_system_id),
  FOREIGN KEY (workspace_id, connected_account_id) REFERENCES connected_account ON DELETE CASCADE
);

CREATE TABLE acs_entrance (
  workspace_id uuid NOT NULL,
  acs_entrance_id uuid NOT NULL,
  acs_system_id uuid NOT NULL,
  connected_account_id uuid NOT NULL,
  external_id text NOT NULL,
  display_name text NOT NULL,
  can_unlock_with_code boolean NOT NULL,
  can_unlock_with_card boolean NOT NULL,
  can_unlock_with_mobile_key boolean NOT NULL,
  can_unlock_with_cloud_key boolean NOT NULL,
  can_belong_to_reservation boolean NOT NULL,
  is_locked boolean,
  metadata jsonb NOT NULL DEFAULT '{}',
  errors jsonb NOT NULL DEFAULT '[]',
  warnings jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, acs_entrance_id),
  UNIQUE (workspace_id, acs_system_id, external_id),
  FOREIGN KEY (workspace_id, acs_system_id) REFERENCES acs_system ON DELETE CASCADE
);

CREATE TABLE acs_encoder (
  workspace_id uuid NOT NULL,
  acs_encoder_id uuid NOT NULL,
  acs_system_id uuid NOT NULL,
  connected_account_id uuid NOT NULL,
  external_id text NOT NULL,
  display_name text NOT NULL,
  errors jsonb NOT NULL DEFAULT '[]',
  armed_encode jsonb,
  armed_scan jsonb,
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, acs_encoder_id),
  UNIQUE (workspace_id, acs_system_id, external_id),
  FOREIGN KEY (workspace_id, acs_system_id) REFERENCES acs_system ON DELETE CASCADE
);

CREATE TABLE acs_access_group (
  workspace_id uuid NOT NULL,
  acs_access_group_id uuid NOT NULL,
  acs_system_id uuid NOT NULL,
  connected_account_id uuid NOT NULL,
  external_id text,
  name text NOT NULL,
  is_managed boolean NOT NULL,
  managed_key text,
  acs_entrance_ids uuid[] NOT NULL DEFAULT '{}',
  starts_at timestamptz,
  ends_at timestamptz,
  is_deleting boolean NOT NULL DEFAULT false,
  reported jsonb,
  is_dirty boolean NOT NULL DEFAULT false,
  dirty_since timestamptz,
  retry_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  errors jsonb NOT NULL DEFAULT '[]',
  warnings jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, acs_access_group_id),
  UNIQUE (workspace_id, acs_system_id, external_id),
  UNIQUE (workspace_id, acs_system_id, managed_key),
  FOREIGN KEY (workspace_id, acs_system_id) REFERENCES acs_system ON DELETE CASCADE
);

CREATE TABLE user_identity (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  user_identity_id uuid NOT NULL,
  user_identity_key text,
  full_name text,
  email_address text,
  phone_number text,
  is_managed boolean NOT NULL DEFAULT true,
  errors jsonb NOT NULL DEFAULT '[]',
  warnings jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, user_identity_id)
);
CREATE UNIQUE INDEX user_identity_key_unique ON user_identity (workspace_id, user_identity_key);
CREATE UNIQUE INDEX user_identity_email_unique ON user_identity (workspace_id, lower(email_address));
CREATE UNIQUE INDEX user_identity_phone_unique ON user_identity (workspace_id, phone_number);
CREATE INDEX user_identity_page ON user_identity (workspace_id, created_at, user_identity_id);

CREATE TABLE acs_user (
  workspace_id uuid NOT NULL,
  acs_user_id uuid NOT NULL,
  acs_system_id uuid NOT NULL,
  connected_account_id uuid NOT NULL,
  user_identity_id uuid,
  external_id text,
  full_name text,
  email_address text,
  phone_number text,
  access_starts_at timestamptz,
  access_ends_at timestamptz,
  is_suspended boolean NOT NULL DEFAULT false,
  acs_access_group_ids uuid[] NOT NULL DEFAULT '{}',
  acs_entrance_ids uuid[] NOT NULL DEFAULT '{}',
  metadata jsonb NOT NULL DEFAULT '{}',
  is_managed boolean NOT NULL DEFAULT true,
  is_deleting boolean NOT NULL DEFAULT false,
  reported jsonb,
  is_dirty boolean NOT NULL DEFAULT false,
  dirty_since timestamptz,
  retry_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  last_successful_sync_at timestamptz,
  errors jsonb NOT NULL DEFAULT '[]',
  warnings jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, acs_user_id),
  FOREIGN KEY (workspace_id, acs_system_id) REFERENCES acs_system ON DELETE CASCADE
);
-- At most one user per system for one identity (access-systems.md section 1).
CREATE UNIQUE INDEX acs_user_identity_unique ON acs_user (workspace_id, user_identity_id, acs_system_id);
CREATE INDEX acs_user_page ON acs_user (workspace_id, created_at, acs_user_id);
CREATE INDEX acs_user_system ON acs_user (workspace_id, acs_system_id, created_at);
CREATE INDEX acs_user_email ON acs_user (workspace_id, acs_system_id, lower(email_address));
CREATE INDEX acs_user_phone ON acs_user (workspace_id, acs_system_id, phone_number);
CREATE INDEX acs_user_dirty ON acs_user (workspace_id, acs_system_id) WHERE is_dirty;
CREATE INDEX acs_user_groups ON acs_user USING gin (acs_access_group_ids);

CREATE TABLE space (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  space_id uuid NOT NULL,
  space_key text,
  name text NOT NULL,
  parent_space_id uuid,
  customer_key text,
  customer_data jsonb,
  geolocation jsonb,
  acs_entrance_ids uuid[] NOT NULL DEFAULT '{}',
  device_ids uuid[] NOT NULL DEFAULT '{}',
  connected_account_ids uuid[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, space_id)
);
CREATE UNIQUE INDEX space_key_unique ON space (workspace_id, space_key);
CREATE INDEX space_page ON space (workspace_id, created_at, space_id);
CREATE INDEX space_entrances ON space USING gin (acs_entrance_ids);

CREATE TABLE access_grant (
  workspace_id uuid NOT NULL,
  access_grant_id uuid NOT NULL,
  access_grant_key text,
  user_identity_id uuid NOT NULL,
  name text,
  display_name text NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz,
  reservation_key text,
  customization_profile_id uuid,
  acs_entrance_ids uuid[] NOT NULL DEFAULT '{}',
  device_ids uuid[] NOT NULL DEFAULT '{}',
  space_ids uuid[] NOT NULL DEFAULT '{}',
  requested_access_methods jsonb NOT NULL,
  access_method_ids uuid[] NOT NULL DEFAULT '{}',
  door_ids uuid[] NOT NULL DEFAULT '{}',
  granted_door_ids uuid[] NOT NULL DEFAULT '{}',
  is_granted_to_all_doors boolean NOT NULL DEFAULT false,
  is_ended boolean NOT NULL DEFAULT false,
  pending jsonb NOT NULL DEFAULT '[]',
  errors jsonb NOT NULL DEFAULT '[]',
  warnings jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, access_grant_id),
  FOREIGN KEY (workspace_id, user_identity_id) REFERENCES user_identity
);
CREATE UNIQUE INDEX access_grant_key_unique ON access_grant (workspace_id, access_grant_key);
CREATE INDEX access_grant_page ON access_grant (workspace_id, created_at, access_grant_id);
CREATE INDEX access_grant_identity ON access_grant (workspace_id, user_identity_id);
CREATE INDEX access_grant_reservation ON access_grant (workspace_id, reservation_key) WHERE reservation_key IS NOT NULL;
CREATE INDEX access_grant_spaces ON access_grant USING gin (space_ids);
CREATE INDEX access_grant_doors ON access_grant USING gin (door_ids);

-- One row per live reservation: taken by every command that creates or changes a grant of it, so that two
-- such commands never decide on the same picture (core.md 6.5).
CREATE TABLE reservation (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  reservation_key text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, reservation_key)
);

CREATE TABLE client_session (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  client_session_id uuid NOT NULL,
  user_identifier_key text,
  user_identity_id uuid,
  customer_key text,
  connected_account_ids uuid[] NOT NULL DEFAULT '{}',
  connect_webview_ids uuid[] NOT NULL DEFAULT '{}',
  token_short text NOT NULL UNIQUE,
  token_hash text NOT NULL,
  token_sealed text NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, client_session_id)
);
CREATE UNIQUE INDEX client_session_identifier_unique ON client_session (workspace_id, user_identifier_key);
CREATE INDEX client_session_identity ON client_session (workspace_id, user_identity_id);

CREATE TABLE access_method (
  workspace_id uuid NOT NULL,
  access_method_id uuid NOT NULL,
  access_grant_ids uuid[] NOT NULL,
  mode text NOT NULL,
  request_index integer NOT NULL,
  acs_system_id uuid,
  acs_entrance_ids uuid[] NOT NULL DEFAULT '{}',
  device_ids uuid[] NOT NULL DEFAULT '{}',
  starts_at timestamptz NOT NULL,
  ends_at timestamptz,
  code text,
  is_issued boolean NOT NULL DEFAULT false,
  issued_at timestamptz,
  was_issued boolean NOT NULL DEFAULT false,
  is_encoding_required boolean NOT NULL DEFAULT false,
  is_assignment_required boolean NOT NULL DEFAULT false,
  is_ready boolean NOT NULL DEFAULT false,
  client_session_id uuid,
  customization_profile_id uuid,
  pending jsonb NOT NULL DEFAULT '[]',
  errors jsonb NOT NULL DEFAULT '[]',
  warnings jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, access_method_id)
);
CREATE INDEX access_method_grants ON access_method USING gin (access_grant_ids);
CREATE INDEX access_method_page ON access_method (workspace_id, created_at, access_method_id);

CREATE TABLE acs_credential (
  workspace_id uuid NOT NULL,
  acs_credential_id uuid NOT NULL,
  acs_system_id uuid NOT NULL,
  connected_account_id uuid NOT NULL,
  acs_user_id uuid,
  access_method_id uuid,
  parent_acs_credential_id uuid,
  phone_device_id uuid,
  access_method text NOT NULL,
  display_name text,
  acs_entrance_ids uuid[] NOT NULL DEFAULT '{}',
  starts_at timestamptz,
  ends_at timestamptz,
  code text,
  card_number text,
  external_id text,
  is_multi_phone_sync_credential boolean NOT NULL DEFAULT false,
  is_issued boolean NOT NULL DEFAULT false,
  issued_at timestamptz,
  was_issued boolean NOT NULL DEFAULT false,
  needs_to_be_reissued boolean NOT NULL DEFAULT false,
  stay_key text,
  metadata jsonb NOT NULL DEFAULT '{}',
  written jsonb,
  exclusive_key text,
  is_managed boolean NOT NULL DEFAULT true,
  is_deleting boolean NOT NULL DEFAULT false,
  reported jsonb,
  is_dirty boolean NOT NULL DEFAULT false,
  dirty_since timestamptz,
  retry_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  synced_at timestamptz,
  errors jsonb NOT NULL DEFAULT '[]',
  warnings jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, acs_credential_id),
  FOREIGN KEY (workspace_id, acs_system_id) REFERENCES acs_system ON DELETE CASCADE
);
-- exclusive_key holds e.g. card:<acs_user_id> where a system allows one card per user (Salto Space).
CREATE UNIQUE INDEX acs_credential_exclusive ON acs_credential (workspace_id, exclusive_key);
CREATE INDEX acs_credential_page ON acs_credential (workspace_id, created_at, acs_credential_id);
CREATE INDEX acs_credential_user ON acs_credential (workspace_id, acs_user_id);
CREATE INDEX acs_credential_method ON acs_credential (workspace_id, access_method_id);
CREATE INDEX acs_credential_dirty ON acs_credential (workspace_id, acs_system_id) WHERE is_dirty;
CREATE INDEX acs_credential_card ON acs_credential (workspace_id, acs_system_id, lower(card_number));
CREATE INDEX acs_credential_doors ON acs_credential USING gin (acs_entrance_ids);

-- A PIN may stand once per door at any instant: decided here, not in code.
CREATE TABLE pin_claim (
  workspace_id uuid NOT NULL,
  acs_credential_id uuid NOT NULL,
  acs_entrance_id uuid NOT NULL,
  code text NOT NULL,
  during tstzrange NOT NULL,
  PRIMARY KEY (workspace_id, acs_credential_id, acs_entrance_id),
  FOREIGN KEY (workspace_id, acs_credential_id) REFERENCES acs_credential ON DELETE CASCADE,
  CONSTRAINT pin_claim_once_per_door EXCLUDE USING gist
    (workspace_id WITH =, acs_entrance_id WITH =, code WITH =, during WITH &&)
);

CREATE TABLE instant_key (
  workspace_id uuid NOT NULL,
  instant_key_id uuid NOT NULL,
  short_code text NOT NULL UNIQUE,
  user_identity_id uuid NOT NULL,
  client_session_id uuid NOT NULL,
  access_method_id uuid,
  max_use_count integer NOT NULL,
  admitted_clients text[] NOT NULL DEFAULT '{}',
  customization_profile_id uuid,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, instant_key_id),
  FOREIGN KEY (workspace_id, client_session_id) REFERENCES client_session ON DELETE CASCADE
);
CREATE INDEX instant_key_identity ON instant_key (workspace_id, user_identity_id);
CREATE INDEX instant_key_method ON instant_key (workspace_id, access_method_id);

CREATE TABLE phone (
  workspace_id uuid NOT NULL,
  device_id uuid NOT NULL,
  user_identity_id uuid NOT NULL,
  device_type text NOT NULL,
  display_name text NOT NULL,
  nickname text,
  custom_sdk_installation_id text,
  custom_metadata jsonb NOT NULL DEFAULT '{}',
  properties jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, device_id),
  FOREIGN KEY (workspace_id, user_identity_id) REFERENCES user_identity
);
CREATE UNIQUE INDEX phone_installation_unique ON phone (workspace_id, custom_sdk_installation_id);
CREATE INDEX phone_owner ON phone (workspace_id, user_identity_id);

CREATE TABLE action_attempt (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  action_attempt_id uuid NOT NULL,
  action_type text NOT NULL,
  status text NOT NULL,
  result jsonb,
  error jsonb,
  input jsonb NOT NULL DEFAULT '{}',
  device_id uuid,
  busy_encoder_id uuid,
  started_at timestamptz,
  deadline_at timestamptz,
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, action_attempt_id)
);
CREATE INDEX action_attempt_page ON action_attempt (workspace_id, created_at, action_attempt_id);
-- One action per encoder at a time: busy_encoder_id is cleared when the attempt ends.
CREATE UNIQUE INDEX action_attempt_one_per_encoder ON action_attempt (workspace_id, busy_encoder_id);

CREATE TABLE event (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  event_id uuid NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  event_type text NOT NULL,
  payload jsonb NOT NULL,
  subject_ids uuid[] NOT NULL,
  occurred_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, event_id)
);
CREATE INDEX event_page ON event (workspace_id, created_at, position);
CREATE INDEX event_subjects ON event USING gin (subject_ids);

CREATE TABLE webhook (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  webhook_id uuid NOT NULL,
  url text NOT NULL,
  event_types text[] NOT NULL,
  secret_sealed text NOT NULL,
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, webhook_id)
);

CREATE TABLE webhook_delivery (
  workspace_id uuid NOT NULL,
  webhook_delivery_id uuid NOT NULL DEFAULT gen_random_uuid(),
  webhook_id uuid NOT NULL,
  event_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'pending',
  attempt_count integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  last_attempt_at timestamptz,
  last_status_code integer,
  last_error text,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, webhook_delivery_id),
  UNIQUE (workspace_id, webhook_id, event_id),
  FOREIGN KEY (workspace_id, webhook_id) REFERENCES webhook ON DELETE CASCADE
);

CREATE TABLE job (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  kind text NOT NULL,
  key text NOT NULL,
  run_at timestamptz NOT NULL,
  generation integer NOT NULL DEFAULT 1,
  attempts integer NOT NULL DEFAULT 0,
  lease_id uuid,
  lease_until timestamptz,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, kind, key)
);
CREATE INDEX job_run_at ON job (run_at);

-- What a virtual building holds: its own database, doors, cards, encoders and phones (src/sandbox).
CREATE TABLE virtual_record (
  workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
  building_id text NOT NULL,
  kind text NOT NULL,
  id text NOT NULL,
  lookup text,
  data jsonb NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, building_id, kind, id)
);
CREATE INDEX virtual_record_lookup ON virtual_record (workspace_id, building_id, kind, lookup);

CREATE TABLE door_attempt (
  workspace_id uuid NOT NULL,
  door_attempt_id uuid NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  acs_entrance_id uuid NOT NULL,
  opened boolean NOT NULL,
  reason text NOT NULL,
  message text NOT NULL,
  acs_credential_id uuid,
  access_method_id uuid,
  user_identity_id uuid,
  occurred_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, door_attempt_id),
  FOREIGN KEY (workspace_id, acs_entrance_id) REFERENCES acs_entrance ON DELETE CASCADE
);
CREATE INDEX door_attempt_door ON door_attempt (workspace_id, acs_entrance_id, position DESC);

-- Row-level security: the app role sees and writes the workspace its session is set to, nothing else.
DO $$
DECLARE t text;
BEGIN
  FOR t IN
    SELECT c.table_name FROM information_schema.columns c
    JOIN information_schema.tables b USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND c.column_name = 'workspace_id' AND b.table_type = 'BASE TABLE'
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format(
      'CREATE POLICY of_workspace ON %I TO lockstitch_app USING (workspace_id = current_setting(''lockstitch.workspace_id'')::uuid)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lockstitch_app', t);
  END LOOP;
END $$;

-- Across workspaces: sign-in, the job table, and the making of a workspace.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['workspace', 'workspace_member', 'api_key', 'client_session', 'instant_key', 'job'] LOOP
    EXECUTE format('CREATE POLICY across_workspaces ON %I TO lockstitch_system USING (true)', t);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON workspace TO lockstitch_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON workspace_member, api_key, job TO lockstitch_system;
GRANT SELECT ON client_session, instant_key TO lockstitch_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON app_user, personal_access_token TO lockstitch_system;

-- Sign-in answers are cached by every server process; what makes one stale is announced.
CREATE FUNCTION announce_sign_in_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('lockstitch_sign_in', coalesce(OLD.workspace_id::text, ''));
  RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER UPDATE OR DELETE ON workspace FOR EACH ROW EXECUTE FUNCTION announce_sign_in_change();
CREATE TRIGGER announce AFTER UPDATE OR DELETE ON api_key FOR EACH ROW EXECUTE FUNCTION announce_sign_in_change();
CREATE TRIGGER announce AFTER UPDATE OR DELETE ON client_session FOR EACH ROW EXECUTE FUNCTION announce_sign_in_change();
CREATE TRIGGER announce AFTER UPDATE OR DELETE ON workspace_member FOR EACH ROW EXECUTE FUNCTION announce_sign_in_change();
