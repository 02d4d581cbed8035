-- What was added to a version after it was made: what people wrote about it, and what the
-- gate said of it by itself, against a later champion. Rows are only ever added.
CREATE TABLE IF NOT EXISTS version_note (
  Line    VARCHAR(64)  NOT NULL,
  Version VARCHAR(64)  NOT NULL,
  At      DATETIME(6)  NOT NULL,
  Who     VARCHAR(255) NOT NULL,
  Body    LONGTEXT     NOT NULL, -- JSON of registry.VersionNote
  PRIMARY KEY (Line, Version, At, Who)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who has taken note of an alarm, and what they do about it: JSON of
-- registry.Acknowledgement, NULL while nobody has.
ALTER TABLE alarm ADD COLUMN Acknowledged TEXT NULL;
