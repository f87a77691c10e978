-- The request that last asked for a job, for the log alone: from an API call to what an access system is asked.
ALTER TABLE job ADD COLUMN request_id uuid;
