-- What planners saved for all: which stations and engines are out or elsewhere.
CREATE TABLE IF NOT EXISTS cover_scenario (
  Name VARCHAR(100) NOT NULL,
  Body MEDIUMTEXT   NOT NULL, -- JSON of registry.CoverScenario
  PRIMARY KEY (Name)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
