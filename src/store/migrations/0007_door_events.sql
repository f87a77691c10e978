-- How far the events of a system's doors were taken over, in its driver's words.
ALTER TABLE acs_system ADD COLUMN door_events_cursor text;
