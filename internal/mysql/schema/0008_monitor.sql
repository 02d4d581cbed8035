-- Looks at the champion, realised performance, alarms, and what was retrained for.
CREATE TABLE IF NOT EXISTS monitoring (
  ID        VARCHAR(255) NOT NULL, -- sorts by time
  Line      VARCHAR(64)  NOT NULL,
  State     VARCHAR(16)  NOT NULL,
  Outcome   VARCHAR(64)  NOT NULL,
  StartedAt DATETIME(6)  NOT NULL,
  Body      LONGTEXT     NOT NULL, -- JSON of registry.Monitoring
  PRIMARY KEY (ID),
  KEY ByLine (Line, ID)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS realised (
  Line    VARCHAR(64) NOT NULL,
  Month   CHAR(7)     NOT NULL, -- 2017-04
  Version VARCHAR(64) NOT NULL,
  Basis   VARCHAR(16) NOT NULL, -- logged | afresh
  Body    LONGTEXT    NOT NULL, -- JSON of registry.Realised
  PRIMARY KEY (Line, Month, Version, Basis)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A data set that a monitor started a retrain for: once, by the primary key.
CREATE TABLE IF NOT EXISTS retrain_claim (
  Line      VARCHAR(64)  NOT NULL,
  DataSet   VARCHAR(64)  NOT NULL,
  Token     VARCHAR(255) NOT NULL,
  ClaimedAt DATETIME(6)  NOT NULL,
  PRIMARY KEY (Line, DataSet),
  KEY ByAge (Line, ClaimedAt)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS alarm (
  Line     VARCHAR(64)  NOT NULL,
  Name     VARCHAR(255) NOT NULL,
  Episode  BIGINT       NOT NULL, -- 1, 2, …
  State    VARCHAR(16)  NOT NULL,
  OpenedAt DATETIME(6)  NOT NULL,
  Body     LONGTEXT     NOT NULL, -- JSON of registry.Alarm
  PRIMARY KEY (Line, Name, Episode),
  KEY ByAge (Line, OpenedAt)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
