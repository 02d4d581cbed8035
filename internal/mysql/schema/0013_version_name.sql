-- The names of versions for people, "v14 gbdt", with what lists show of them: numbered per
-- line in the order of making. A row stays when housekeeping removes its version, so that a
-- number never names another.
CREATE TABLE IF NOT EXISTS version_name (
  Line        VARCHAR(64)  NOT NULL,
  Number      BIGINT       NOT NULL, -- 1, 2, …
  Version     VARCHAR(64)  NOT NULL,
  Candidate   VARCHAR(64)  NOT NULL,
  RunID       VARCHAR(255) NOT NULL,
  Place       INT          NOT NULL, -- in its run; 0 not known
  CreatedAt   DATETIME(6)  NOT NULL,
  RMSE        DOUBLE       NOT NULL, -- of the first engine on the hold-out, seconds
  MAE         DOUBLE       NOT NULL,
  CoverageP90 DOUBLE       NOT NULL,
  PRIMARY KEY (Line, Number),
  UNIQUE KEY ByVersion (Line, Version)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO version_name (Line, Number, Version, Candidate, RunID, Place, CreatedAt, RMSE, MAE, CoverageP90)
SELECT v.Line, ROW_NUMBER() OVER (PARTITION BY v.Line ORDER BY v.CreatedAt, v.ID), v.ID, v.Candidate, v.RunID,
  COALESCE((SELECT MAX(c.Place) FROM candidate c WHERE c.RunID = v.RunID AND c.Name = v.Candidate), 0), v.CreatedAt,
  JSON_EXTRACT(v.Body, '$.holdout.first.rmse'), JSON_EXTRACT(v.Body, '$.holdout.first.mae'),
  JSON_EXTRACT(v.Body, '$.holdout.first.coverage_p90')
FROM version v WHERE v.Line NOT LIKE 'backfill/%';
