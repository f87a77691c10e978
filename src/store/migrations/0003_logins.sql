-- What an operator filled in to connect a system rests encrypted (LOCKSTITCH_SECRET_KEY); null = the login of the
-- systems a sandbox comes with. The column for it in the clear was never used.
ALTER TABLE connected_account DROP COLUMN config, ADD COLUMN sealed_login text;

-- One system is connected once to a workspace; two who connect it at the same time get the same one.
CREATE UNIQUE INDEX acs_system_once ON acs_system (workspace_id, provider, external_id);
