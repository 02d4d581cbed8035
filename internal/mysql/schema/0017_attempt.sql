-- The fits of candidates by programs elsewhere: what each was given, and what it gave back.
CREATE TABLE IF NOT EXISTS attempt (
  ID       VARCHAR(64) NOT NULL,
  OpenedAt DATETIME(6) NOT NULL,
  ClosesAt DATETIME(6) NOT NULL, -- by itself
  ClosedAt DATETIME(6) NULL,     -- NULL: nobody closed it
  Body     LONGTEXT    NOT NULL, -- JSON of registry.Attempt
  PRIMARY KEY (ID)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Rows are only ever added: one a name and content.
CREATE TABLE IF NOT EXISTS attempt_result (
  Attempt VARCHAR(64)  NOT NULL,
  Name    VARCHAR(128) NOT NULL,
  SHA256  CHAR(64)     NOT NULL,
  At      DATETIME(6)  NOT NULL,
  Body    LONGTEXT     NOT NULL, -- JSON of registry.AttemptFile
  PRIMARY KEY (Attempt, Name, SHA256)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
