-- The audit log: who did what to which door right, before and after (docs/guide/audit.md). Triggers write it, in the very
-- statement that makes the change: whatever changes a right leaves its entry (cascades, upkeep and a hand in the database
-- too), with the values that really stood there before.

-- What waits to be chained. A command only inserts here, where nothing is shared, so no two commands wait for each other.
CREATE TABLE audit_pending (
  workspace_id uuid NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  audit_entry_id uuid NOT NULL DEFAULT gen_random_uuid(),
  -- By the workspace's clock, and by the machine's.
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  -- {kind, id, ...}; see src/domain/audit/author.ts.
  actor jsonb NOT NULL,
  action text NOT NULL,
  subject_type text NOT NULL,
  subject_id uuid NOT NULL,
  door_ids uuid[] NOT NULL,
  person_id uuid,
  -- Of an entry about a person: what names and contacts they had, without saying them (audit_person).
  person_digest text,
  -- The right as it stood and as it stands now; null = there was none, there is none any more.
  before jsonb,
  after jsonb,
  PRIMARY KEY (workspace_id, position)
);

-- The log. One process at a time takes what waits, gives it numbers without gaps and hashes (src/store/audit.ts).
CREATE TABLE audit_entry (
  workspace_id uuid NOT NULL,
  sequence bigint NOT NULL,
  audit_entry_id uuid NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  actor jsonb NOT NULL,
  action text NOT NULL,
  subject_type text NOT NULL,
  subject_id uuid NOT NULL,
  door_ids uuid[] NOT NULL,
  person_id uuid,
  person_digest text,
  before jsonb,
  after jsonb,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (workspace_id, sequence)
);
CREATE INDEX audit_entry_subject ON audit_entry (workspace_id, subject_id, sequence);
CREATE INDEX audit_entry_person ON audit_entry (workspace_id, person_id, sequence) WHERE person_id IS NOT NULL;
CREATE INDEX audit_entry_actor ON audit_entry (workspace_id, (actor->>'id'), sequence);
CREATE INDEX audit_entry_doors ON audit_entry USING gin (door_ids);

-- Where the chain ends: what was cut off behind it is missed.
CREATE TABLE audit_head (
  workspace_id uuid PRIMARY KEY,
  sequence bigint NOT NULL,
  hash text NOT NULL
);

-- Names and contacts as they were. The log holds only digests of them, so that a person can be erased and the log stays whole.
CREATE TABLE audit_person (
  workspace_id uuid NOT NULL,
  person_id uuid NOT NULL,
  digest text NOT NULL,
  salt text NOT NULL,
  full_name text,
  email_address text,
  phone_number text,
  PRIMARY KEY (workspace_id, person_id, digest)
);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is only added to: % of % refused', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER append_only BEFORE UPDATE ON audit_pending FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit_pending FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['audit_pending', 'audit_entry', 'audit_head', 'audit_person'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format(
      'CREATE POLICY of_workspace ON %I TO lockstitch_app USING (workspace_id = current_setting(''lockstitch.workspace_id'')::uuid)', t);
    EXECUTE format('CREATE POLICY across_workspaces ON %I TO lockstitch_system USING (true)', t);
  END LOOP;
END $$;
-- Requests add to what waits, and can change nothing. Only the chaining, as the other role, moves it.
GRANT SELECT, INSERT ON audit_pending TO lockstitch_app;
GRANT SELECT ON audit_entry, audit_head TO lockstitch_app;
GRANT SELECT, INSERT, DELETE ON audit_person TO lockstitch_app;
GRANT SELECT, DELETE ON audit_pending TO lockstitch_system;
GRANT SELECT, INSERT ON audit_entry TO lockstitch_system;
GRANT SELECT, INSERT, UPDATE ON audit_head TO lockstitch_system;
GRANT SELECT ON audit_person TO lockstitch_system;

CREATE FUNCTION audit_instant(at timestamptz) RETURNS text LANGUAGE sql STABLE
RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- Each text with its length before it, so that no two lists of texts are digested alike (src/domain/audit/chain.ts).
CREATE FUNCTION audit_digest(salt text, full_name text, email_address text, phone_number text) RETURNS text
LANGUAGE sql STABLE
RETURN encode(sha256(convert_to(salt
  || '|' || coalesce(octet_length(full_name) || ':' || full_name, '-')
  || '|' || coalesce(octet_length(email_address) || ':' || email_address, '-')
  || '|' || coalesce(octet_length(phone_number) || ':' || phone_number, '-'), 'UTF8')), 'hex');

-- Writes one entry. `lockstitch.audit` holds, for this statement alone, who acts and when (src/store/command.ts); upkeep
-- of the server's own says nothing, and neither does a hand in the database. {"reset": true} = a sandbox is being emptied,
-- which is one entry of its own and not one for each row.
CREATE FUNCTION audit_write(of_workspace uuid, of_type text, of_id uuid, doors uuid[], person uuid, digest text, was jsonb, is_now jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  said text := nullif(current_setting('lockstitch.audit', true), '');
  known jsonb := coalesce(said, '{}')::jsonb;
BEGIN
  IF known ? 'reset' AND EXISTS (SELECT 1 FROM workspace w WHERE w.workspace_id = of_workspace AND w.is_sandbox) THEN
    RETURN;
  END IF;
  -- Its grant or user went with it: the log still knows whose it was.
  IF person IS NULL AND is_now IS NULL THEN
    SELECT coalesce(
      (SELECT p.person_id FROM audit_pending p WHERE p.workspace_id = of_workspace AND p.subject_id = of_id AND p.person_id IS NOT NULL
        ORDER BY p.position DESC LIMIT 1),
      (SELECT e.person_id FROM audit_entry e WHERE e.workspace_id = of_workspace AND e.subject_id = of_id AND e.person_id IS NOT NULL
        ORDER BY e.sequence DESC LIMIT 1)) INTO person;
  END IF;
  INSERT INTO audit_pending (workspace_id, occurred_at, recorded_at, actor, action, subject_type, subject_id, door_ids, person_id, person_digest, before, after)
  VALUES (
    of_workspace,
    date_trunc('milliseconds', coalesce((known->>'occurred_at')::timestamptz, clock_timestamp())),
    date_trunc('milliseconds', coalesce((known->>'recorded_at')::timestamptz, clock_timestamp())),
    coalesce(known->'actor', CASE WHEN current_user = 'lockstitch_app' THEN '{"kind": "system", "id": "upkeep"}'
                                  ELSE jsonb_build_object('kind', 'database', 'id', current_user) END),
    coalesce(known->>'action', CASE WHEN current_user = 'lockstitch_app' THEN 'system/upkeep' ELSE 'database' END),
    of_type, of_id, ARRAY(SELECT DISTINCT d FROM unnest(doors) d WHERE d IS NOT NULL ORDER BY d), person, digest, was, is_now);
END $$;

-- One trigger function for each kind of right. `%R` in an expression stands for OLD or NEW; what is not in `right` is not a
-- right and leaves no entry: never PINs, tokens, card numbers, names or contacts.
DO $$
DECLARE r record;
BEGIN
  FOR r IN SELECT * FROM (VALUES
    ('access_grant', 'access_grant_id',
     $e$jsonb_build_object('user_identity_id', %R.user_identity_id, 'door_ids', %R.door_ids, 'acs_entrance_ids', %R.acs_entrance_ids,
          'space_ids', %R.space_ids, 'device_ids', %R.device_ids, 'starts_at', audit_instant(%R.starts_at), 'ends_at', audit_instant(%R.ends_at),
          'modes', jsonb_path_query_array(%R.requested_access_methods, '$[*].mode'), 'is_ended', %R.is_ended, 'is_deleting', %R.is_deleting)$e$,
     '%R.door_ids || %R.device_ids',
     '%R.user_identity_id',
     'door_ids, acs_entrance_ids, space_ids, device_ids, starts_at, ends_at, requested_access_methods, is_ended, is_deleting, user_identity_id',
     'true', ''),
    ('access_method', 'access_method_id',
     $e$jsonb_build_object('access_grant_ids', %R.access_grant_ids, 'mode', %R.mode, 'acs_system_id', %R.acs_system_id,
          'acs_entrance_ids', %R.acs_entrance_ids, 'device_ids', %R.device_ids, 'starts_at', audit_instant(%R.starts_at),
          'ends_at', audit_instant(%R.ends_at), 'is_deleting', %R.is_deleting)$e$,
     '%R.acs_entrance_ids || %R.device_ids',
     $e$(SELECT g.user_identity_id FROM access_grant g WHERE g.workspace_id = %R.workspace_id AND g.access_grant_id = ANY(%R.access_grant_ids) LIMIT 1)$e$,
     'access_grant_ids, acs_system_id, acs_entrance_ids, device_ids, starts_at, ends_at, is_deleting, code',
     'true', 'code'),
    ('acs_credential', 'acs_credential_id',
     $e$jsonb_build_object('acs_system_id', %R.acs_system_id, 'acs_user_id', %R.acs_user_id, 'access_method_id', %R.access_method_id,
          'mode', %R.access_method, 'acs_entrance_ids', %R.acs_entrance_ids, 'starts_at', audit_instant(%R.starts_at),
          'ends_at', audit_instant(%R.ends_at), 'is_issued', %R.is_issued, 'is_deleting', %R.is_deleting)$e$,
     '%R.acs_entrance_ids',
     $e$(SELECT u.user_identity_id FROM acs_user u WHERE u.workspace_id = %R.workspace_id AND u.acs_user_id = %R.acs_user_id)$e$,
     'acs_user_id, access_method_id, access_method, acs_entrance_ids, starts_at, ends_at, is_issued, is_deleting, code, card_number',
     -- A card that lies in the drawer is nobody's.
     '%R.acs_user_id IS NOT NULL OR %R.access_method_id IS NOT NULL OR %R.acs_entrance_ids <> ''{}''', 'code, card_number'),
    ('acs_user', 'acs_user_id',
     $e$jsonb_build_object('acs_system_id', %R.acs_system_id, 'user_identity_id', %R.user_identity_id, 'acs_access_group_ids', %R.acs_access_group_ids,
          'acs_entrance_ids', %R.acs_entrance_ids, 'starts_at', audit_instant(%R.access_starts_at), 'ends_at', audit_instant(%R.access_ends_at),
          'is_suspended', %R.is_suspended, 'is_deleting', %R.is_deleting)$e$,
     $e$%R.acs_entrance_ids || CASE WHEN cardinality(%R.acs_access_group_ids) = 0 THEN '{}' ELSE
          ARRAY(SELECT d FROM acs_access_group g, unnest(g.acs_entrance_ids) d WHERE g.workspace_id = %R.workspace_id AND g.acs_access_group_id = ANY(%R.acs_access_group_ids)) END$e$,
     '%R.user_identity_id',
     'user_identity_id, acs_access_group_ids, acs_entrance_ids, access_starts_at, access_ends_at, is_suspended, is_deleting',
     -- A user with neither doors nor groups has no right yet.
     '%R.is_suspended OR %R.acs_access_group_ids <> ''{}'' OR %R.acs_entrance_ids <> ''{}''', ''),
    ('acs_access_group', 'acs_access_group_id',
     $e$jsonb_build_object('acs_system_id', %R.acs_system_id, 'acs_entrance_ids', %R.acs_entrance_ids, 'starts_at', audit_instant(%R.starts_at),
          'ends_at', audit_instant(%R.ends_at), 'is_deleting', %R.is_deleting)$e$,
     '%R.acs_entrance_ids', 'NULL::uuid',
     'acs_entrance_ids, starts_at, ends_at, is_deleting',
     'true', ''),
    ('space', 'space_id',
     $e$jsonb_build_object('acs_entrance_ids', %R.acs_entrance_ids, 'device_ids', %R.device_ids)$e$,
     '%R.acs_entrance_ids || %R.device_ids', 'NULL::uuid',
     'acs_entrance_ids, device_ids',
     '%R.acs_entrance_ids <> ''{}'' OR %R.device_ids <> ''{}''', '')
  ) AS x(name, id, rights, doors, person, watched, matters, secrets) LOOP
    EXECUTE format(
      'CREATE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql AS $f$
       DECLARE
         was jsonb;
         is_now jsonb;
         doors uuid[] := ''{}'';
         person uuid;
       BEGIN
         IF TG_OP <> ''INSERT'' THEN
           was := %2$s;
           doors := doors || (%4$s);
         END IF;
         IF TG_OP <> ''DELETE'' THEN
           is_now := %3$s;
           doors := doors || (%5$s);
           person := %7$s;
         ELSE
           person := %6$s;
         END IF;
         %8$s
         IF was IS DISTINCT FROM is_now THEN
           PERFORM audit_write(%9$s, %10$L, %11$s, doors, person, NULL, was, is_now);
         END IF;
         RETURN NULL;
       END $f$',
      'audit_' || r.name,
      replace(r.rights, '%R', 'OLD'), replace(r.rights, '%R', 'NEW'),
      replace(r.doors, '%R', 'OLD'), replace(r.doors, '%R', 'NEW'),
      replace(r.person, '%R', 'OLD'), replace(r.person, '%R', 'NEW'),
      -- That another secret stands there is told, the secret is not.
      CASE WHEN r.secrets = '' THEN '' ELSE 'IF TG_OP = ''UPDATE'' THEN ' || (
        SELECT string_agg(format('IF OLD.%1$I IS DISTINCT FROM NEW.%1$I THEN is_now := is_now || ''{"%1$s_changed": true}''; END IF;', s), ' ')
          FROM unnest(string_to_array(r.secrets, ', ')) s) || ' END IF;' END,
      'coalesce(NEW.workspace_id, OLD.workspace_id)', r.name, format('coalesce(NEW.%1$I, OLD.%1$I)', r.id));
    EXECUTE format('CREATE TRIGGER audit_made AFTER INSERT ON %I FOR EACH ROW WHEN (%s) EXECUTE FUNCTION %I()',
      r.name, replace(r.matters, '%R', 'NEW'), 'audit_' || r.name);
    EXECUTE format('CREATE TRIGGER audit_gone AFTER DELETE ON %I FOR EACH ROW WHEN (%s) EXECUTE FUNCTION %I()',
      r.name, replace(r.matters, '%R', 'OLD'), 'audit_' || r.name);
    EXECUTE format('CREATE TRIGGER audit_changed AFTER UPDATE ON %I FOR EACH ROW WHEN (%s) EXECUTE FUNCTION %I()',
      r.name,
      (SELECT string_agg(format('OLD.%1$I IS DISTINCT FROM NEW.%1$I', c), ' OR ') FROM unnest(string_to_array(r.watched, ', ')) c),
      'audit_' || r.name);
  END LOOP;
END $$;

-- People: the entry says that one was made or that names or contacts changed; which ones lie in audit_person.
CREATE FUNCTION audit_user_identity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  fresh text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  made text;
  told text[] := '{}';
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM audit_write(OLD.workspace_id, 'user_identity', OLD.user_identity_id, '{}', OLD.user_identity_id, NULL,
      jsonb_build_object('is_managed', OLD.is_managed), NULL);
    RETURN NULL;
  END IF;
  made := audit_digest(fresh, NEW.full_name, NEW.email_address, NEW.phone_number);
  INSERT INTO audit_person (workspace_id, person_id, digest, salt, full_name, email_address, phone_number)
  VALUES (NEW.workspace_id, NEW.user_identity_id, made, fresh, NEW.full_name, NEW.email_address, NEW.phone_number);
  IF TG_OP = 'INSERT' THEN
    PERFORM audit_write(NEW.workspace_id, 'user_identity', NEW.user_identity_id, '{}', NEW.user_identity_id, made,
      NULL, jsonb_build_object('is_managed', NEW.is_managed));
  ELSE
    IF OLD.full_name IS DISTINCT FROM NEW.full_name THEN told := told || 'full_name'::text; END IF;
    IF OLD.email_address IS DISTINCT FROM NEW.email_address THEN told := told || 'email_address'::text; END IF;
    IF OLD.phone_number IS DISTINCT FROM NEW.phone_number THEN told := told || 'phone_number'::text; END IF;
    PERFORM audit_write(NEW.workspace_id, 'user_identity', NEW.user_identity_id, '{}', NEW.user_identity_id, made,
      jsonb_build_object('is_managed', OLD.is_managed), jsonb_build_object('is_managed', NEW.is_managed, 'changed', told));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_made AFTER INSERT OR DELETE ON user_identity FOR EACH ROW EXECUTE FUNCTION audit_user_identity();
CREATE TRIGGER audit_changed AFTER UPDATE ON user_identity FOR EACH ROW
  WHEN (OLD.full_name IS DISTINCT FROM NEW.full_name OR OLD.email_address IS DISTINCT FROM NEW.email_address
     OR OLD.phone_number IS DISTINCT FROM NEW.phone_number OR OLD.is_managed IS DISTINCT FROM NEW.is_managed)
  EXECUTE FUNCTION audit_user_identity();

-- That somebody was erased is told as well, whoever did it and however.
CREATE FUNCTION audit_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM audit_write(g.workspace_id, 'user_identity', g.person_id, '{}', g.person_id, NULL, NULL, '{"is_erased": true}')
     FROM (SELECT DISTINCT workspace_id, person_id FROM gone) g;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_erased AFTER DELETE ON audit_person REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION audit_erased();

-- Those who are there already get their names into the log from now on.
ALTER TABLE user_identity NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_person NO FORCE ROW LEVEL SECURITY;
INSERT INTO audit_person (workspace_id, person_id, digest, salt, full_name, email_address, phone_number)
SELECT u.workspace_id, u.user_identity_id, audit_digest(s.salt, u.full_name, u.email_address, u.phone_number), s.salt,
       u.full_name, u.email_address, u.phone_number
  FROM user_identity u
 CROSS JOIN LATERAL (SELECT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') AS salt WHERE u.user_identity_id IS NOT NULL) s;
ALTER TABLE user_identity FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_person FORCE ROW LEVEL SECURITY;
