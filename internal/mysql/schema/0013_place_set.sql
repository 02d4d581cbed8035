-- The sets of places that callers can name. The last revision of an origin serves.
CREATE TABLE IF NOT EXISTS place_set (
  Origin   TINYINT     NOT NULL, -- 1 real, 2 synthetic
  Revision BIGINT      NOT NULL,
  MadeAt   DATETIME(6) NOT NULL,
  Body     LONGTEXT    NOT NULL, -- JSON of registry.PlaceSet
  PRIMARY KEY (Origin, Revision)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
