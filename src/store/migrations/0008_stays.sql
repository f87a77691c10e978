-- The other cards of a stay are looked up whenever one of it is made.
CREATE INDEX acs_credential_stay ON acs_credential (workspace_id, acs_system_id, stay_key) WHERE stay_key IS NOT NULL;
