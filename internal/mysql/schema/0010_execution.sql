-- What is known of the workflow execution behind a run: who started it and where,
-- who ended it.
ALTER TABLE run ADD COLUMN Execution TEXT NULL; -- JSON of registry.Execution
