-- The step of a trace that last asked for a job (W3C `traceparent`); null where no collector is configured.
ALTER TABLE job ADD COLUMN traceparent text;
