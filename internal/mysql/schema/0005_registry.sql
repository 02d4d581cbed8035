-- Runs, their leaderboards, versions and the append-only ledger.
CREATE TABLE IF NOT EXISTS run (
  ID            VARCHAR(255) NOT NULL,
  Line          VARCHAR(64)  NOT NULL,
  Origin        TINYINT      NOT NULL,
  State         VARCHAR(16)  NOT NULL,
  Outcome       VARCHAR(64)  NOT NULL,
  Reason        TEXT         NOT NULL,
  TriggeredBy   VARCHAR(64)  NOT NULL,
  DataSet       VARCHAR(64)  NOT NULL,
  Seed          BIGINT UNSIGNED NOT NULL,
  Config        LONGTEXT     NOT NULL, -- JSON
  WorkflowID    VARCHAR(255) NOT NULL,
  WorkflowRunID VARCHAR(255)  NOT NULL,
  StartedAt     DATETIME(6)  NOT NULL,
  EndedAt       DATETIME(6)  NULL,
  DurationMS    BIGINT       NOT NULL, -- 0 while running
  PRIMARY KEY (ID),
  KEY ByStart (StartedAt, ID),
  KEY ByLineStart (Line, StartedAt, ID),
  KEY ByLineState (Line, State, StartedAt, ID),
  KEY ByStateStart (State, StartedAt, ID),
  KEY ByDuration (DurationMS, ID),
  KEY ByLineDuration (Line, DurationMS, ID)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS candidate (
  RunID     VARCHAR(255) NOT NULL,
  Name      VARCHAR(64)  NOT NULL,
  Place     INT          NOT NULL, -- rank; 0 = not ranked
  Body      LONGTEXT     NOT NULL, -- JSON of registry.Candidate
  PRIMARY KEY (RunID, Name)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS version (
  Line      VARCHAR(64)  NOT NULL,
  ID        VARCHAR(64)  NOT NULL,
  RunID     VARCHAR(255) NOT NULL,
  Candidate VARCHAR(64)  NOT NULL,
  CreatedAt DATETIME(6)  NOT NULL,
  Body      LONGTEXT     NOT NULL, -- JSON of registry.Version
  PRIMARY KEY (Line, ID),
  KEY ByAge (Line, CreatedAt)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The champion of a line is ToVersion of its highest Revision. Rows are only
-- ever added: the primary key lets one of two that come from one revision win.
CREATE TABLE IF NOT EXISTS promotion (
  Line        VARCHAR(64)  NOT NULL,
  Revision    BIGINT       NOT NULL,
  FromVersion VARCHAR(64)  NOT NULL,
  ToVersion   VARCHAR(64)  NOT NULL,
  Kind        VARCHAR(16)  NOT NULL,
  Who         VARCHAR(255) NOT NULL,
  Why         TEXT         NOT NULL,
  RunID       VARCHAR(255) NOT NULL,
  PromotedAt  DATETIME(6)  NOT NULL,
  Token       VARCHAR(255) NOT NULL,
  Evidence    LONGTEXT     NULL,     -- JSON
  PRIMARY KEY (Line, Revision),
  UNIQUE KEY ByToken (Line, Token)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS data_set (
  ID        VARCHAR(64)  NOT NULL,
  Origin    TINYINT      NOT NULL,
  CreatedAt DATETIME(6)  NOT NULL,
  Body      LONGTEXT     NOT NULL, -- JSON of registry.DataSet
  PRIMARY KEY (ID),
  KEY ByAge (Origin, CreatedAt)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What was rejected and repaired of a file, by reason.
CREATE TABLE IF NOT EXISTS reject_summary (
  SHA256 CHAR(64) NOT NULL,
  Body   LONGTEXT NOT NULL, -- JSON list of registry.RejectCount
  PRIMARY KEY (SHA256)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
