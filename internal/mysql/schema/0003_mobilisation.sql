-- The published mobilisation table under its published names, typed.
CREATE TABLE IF NOT EXISTS mobilisation (
  Origin                   TINYINT      NOT NULL, -- 1 real, 2 synthetic
  IncidentNumber           VARCHAR(32)  NOT NULL,
  ResourceMobilisationId   BIGINT       NOT NULL,
  CalYear                  SMALLINT     NOT NULL,
  HourOfCall               TINYINT      NOT NULL, -- London wall clock
  BoroughName              VARCHAR(255) NOT NULL,
  WardName                 VARCHAR(255) NOT NULL,
  Resource_Code            VARCHAR(32)  NOT NULL,
  PerformanceReporting     VARCHAR(32)  NOT NULL,
  DateAndTimeMobilised     DATETIME     NULL,     -- GMT, as all DateAndTime columns
  DateAndTimeMobile        DATETIME     NULL,
  DateAndTimeArrived       DATETIME     NULL,
  DateAndTimeLeft          DATETIME     NULL,
  DateAndTimeReturned      DATETIME     NULL,
  MobilisedHasSeconds      TINYINT      NOT NULL, -- 0 where the file gives minutes only
  TurnoutTimeSeconds       INT          NULL,
  TravelTimeSeconds        INT          NULL,
  AttendanceTimeSeconds    INT          NULL,
  DeployedFromStation_Code VARCHAR(32)  NOT NULL,
  DeployedFromStation_Name VARCHAR(255) NOT NULL,
  DeployedFromLocation     VARCHAR(64)  NOT NULL,
  PumpOrder                INT          NULL,
  PlusCode_Code            VARCHAR(64)  NOT NULL,
  PlusCode_Description     VARCHAR(255) NOT NULL,
  DelayCodeId              INT          NULL,
  DelayCode_Description    VARCHAR(255) NOT NULL,
  RowHash                  BIGINT UNSIGNED NOT NULL, -- of the published columns
  SourceSHA                BINARY(32)   NOT NULL, -- source_file that this content came with
  SourceName               BIGINT UNSIGNED NOT NULL, -- mark of the named file that had the row last
  WithdrawnAt              DATETIME     NULL,     -- a later edition of that file lacks the row
  PRIMARY KEY (Origin, IncidentNumber, ResourceMobilisationId)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
