-- A grant that is deleted, and its access methods, stay to be read until every system has confirmed that access is gone.
ALTER TABLE access_grant ADD COLUMN is_deleting boolean NOT NULL DEFAULT false;
ALTER TABLE access_method ADD COLUMN is_deleting boolean NOT NULL DEFAULT false;

-- Its key is free for another grant at once; who asks by key still finds it.
DROP INDEX access_grant_key_unique;
CREATE UNIQUE INDEX access_grant_key_unique ON access_grant (workspace_id, access_grant_key) WHERE NOT is_deleting;
CREATE INDEX access_grant_key_any ON access_grant (workspace_id, access_grant_key) WHERE access_grant_key IS NOT NULL;

-- A wish whose answer was lost may have come true: the system is asked to delete it, whatever has changed since.
ALTER TABLE acs_access_group ADD COLUMN was_asked boolean NOT NULL DEFAULT false;
ALTER TABLE acs_user ADD COLUMN was_asked boolean NOT NULL DEFAULT false;
ALTER TABLE acs_credential ADD COLUMN was_asked boolean NOT NULL DEFAULT false;
