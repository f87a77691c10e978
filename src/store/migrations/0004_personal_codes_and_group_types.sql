-- Where a PIN is its person's on the whole system, no two people ever have the same one, whatever their doors and times.
ALTER TABLE acs_credential
  ADD COLUMN is_code_personal boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT acs_credential_code_of_one_person EXCLUDE USING gist
    (workspace_id WITH =, acs_system_id WITH =, code WITH =, acs_user_id WITH <>) WHERE (is_code_personal);

-- Which kind of group, on systems that have several; null = the kind that its system's definition names.
ALTER TABLE acs_access_group ADD COLUMN external_type text;
