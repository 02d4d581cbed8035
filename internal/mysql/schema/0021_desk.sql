-- Until when a one-time password is good; NULL: without an end, as those of before.
ALTER TABLE account ADD COLUMN OneTimeUntil DATETIME(6) NULL;

-- What a run told of its steps at its end: JSON of a list of workflows.Step; NULL while it
-- is open, and in runs of before.
ALTER TABLE run ADD COLUMN Steps MEDIUMTEXT NULL;
ALTER TABLE run ADD KEY ByExecution (WorkflowRunID);

-- Runs by how they ended and by what started them, newest first; whatever else they may be
-- chosen by is in the index too, so that no row is read for one that is not.
ALTER TABLE run ADD KEY ByOutcome (Outcome, StartedAt, ID, TriggeredBy, State, Line);
ALTER TABLE run ADD KEY ByTrigger (TriggeredBy, StartedAt, ID, Outcome, State, Line);

-- The last lines that an attempt of an activity logged.
CREATE TABLE IF NOT EXISTS step_log (
  WorkflowRunID VARCHAR(255) NOT NULL,
  ActivityID    VARCHAR(64)  NOT NULL,
  Attempt       INT          NOT NULL,
  SavedAt       DATETIME(6)  NOT NULL,
  Body          MEDIUMTEXT   NOT NULL, -- JSON of a list of registry.LogLine
  PRIMARY KEY (WorkflowRunID, ActivityID, Attempt),
  KEY ByAge (SavedAt)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
