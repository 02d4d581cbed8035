-- The published incident table under its published names, typed. Texts that are
-- missing are empty, numbers that are missing are NULL. The collation is binary
-- so that key order is byte order, as the readers' merge join expects.
CREATE TABLE IF NOT EXISTS incident (
  Origin                                TINYINT      NOT NULL, -- 1 real, 2 synthetic
  IncidentNumber                        VARCHAR(32)  NOT NULL,
  DateOfCall                            DATE         NOT NULL, -- London wall clock
  CalYear                               SMALLINT     NOT NULL,
  TimeOfCall                            TIME         NOT NULL, -- London wall clock
  HourOfCall                            TINYINT      NOT NULL,
  IncidentGroup                         VARCHAR(64)  NOT NULL,
  StopCodeDescription                   VARCHAR(255) NOT NULL,
  SpecialServiceType                    VARCHAR(255) NOT NULL,
  PropertyCategory                      VARCHAR(255) NOT NULL,
  PropertyType                          VARCHAR(255) NOT NULL,
  AddressQualifier                      VARCHAR(255) NOT NULL,
  Postcode_full                         VARCHAR(16)  NOT NULL,
  Postcode_district                     VARCHAR(16)  NOT NULL,
  UPRN                                  BIGINT       NULL,
  USRN                                  BIGINT       NULL,
  IncGeo_BoroughCode                    VARCHAR(32)  NOT NULL,
  IncGeo_BoroughName                    VARCHAR(255) NOT NULL,
  ProperCase                            VARCHAR(255) NOT NULL,
  IncGeo_WardCode                       VARCHAR(32)  NOT NULL,
  IncGeo_WardName                       VARCHAR(255) NOT NULL,
  IncGeo_WardNameNew                    VARCHAR(255) NOT NULL,
  Easting_m                             DOUBLE       NULL,
  Northing_m                            DOUBLE       NULL,
  Easting_rounded                       DOUBLE       NULL,
  Northing_rounded                      DOUBLE       NULL,
  Latitude                              DOUBLE       NULL,
  Longitude                             DOUBLE       NULL,
  FRS                                   VARCHAR(64)  NOT NULL,
  IncidentStationGround                 VARCHAR(255) NOT NULL,
  FirstPumpArriving_AttendanceTime      INT          NULL,
  FirstPumpArriving_DeployedFromStation VARCHAR(255) NOT NULL,
  SecondPumpArriving_AttendanceTime     INT          NULL,
  SecondPumpArriving_DeployedFromStation VARCHAR(255) NOT NULL,
  NumStationsWithPumpsAttending         INT          NULL,
  NumPumpsAttending                     INT          NULL,
  PumpCount                             INT          NULL,
  PumpMinutesRounded                    INT          NULL,
  NotionalCost                          DOUBLE       NULL, -- published as Notional Cost (£)
  NumCalls                              INT          NULL,
  RowHash                               BIGINT UNSIGNED NOT NULL, -- of the published columns
  SourceSHA                             BINARY(32)   NOT NULL, -- source_file that this content came with
  SourceName                            BIGINT UNSIGNED NOT NULL, -- mark of the named file that had the row last
  WithdrawnAt                           DATETIME     NULL,     -- a later edition of that file lacks the row
  PRIMARY KEY (Origin, IncidentNumber),
  KEY ByDate (Origin, DateOfCall)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
