-- Who is out or stands elsewhere is a setting of many stations, and with each logged answer
-- stands what of it mattered: JSON of registry.AvailabilityUse.
ALTER TABLE setting MODIFY Value MEDIUMTEXT NOT NULL;

ALTER TABLE prediction ADD COLUMN Availability MEDIUMTEXT NULL;
