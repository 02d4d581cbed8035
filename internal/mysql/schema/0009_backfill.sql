-- Replays of past months. Their versions and ledgers are in the tables of all
-- others, under lines of their own.
CREATE TABLE IF NOT EXISTS backfill (
  ID        VARCHAR(64) NOT NULL, -- sorts by time
  State     VARCHAR(16) NOT NULL,
  StartedAt DATETIME(6) NOT NULL,
  Body      LONGTEXT    NOT NULL, -- JSON of registry.Backfill
  PRIMARY KEY (ID)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS backfill_month (
  BackfillID VARCHAR(64) NOT NULL,
  Month      CHAR(7)     NOT NULL, -- 2017-04
  Body       LONGTEXT    NOT NULL, -- JSON of registry.BackfillMonth
  PRIMARY KEY (BackfillID, Month)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
