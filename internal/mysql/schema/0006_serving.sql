-- Logged predictions, accounts, API keys and the audit log.
CREATE TABLE IF NOT EXISTS prediction (
  ID             VARCHAR(36)  NOT NULL, -- sorts by time
  AnsweredAt     DATETIME(6)  NOT NULL,
  Line           VARCHAR(64)  NOT NULL,
  Version        VARCHAR(64)  NOT NULL,
  CallAt         DATETIME(6)  NOT NULL,
  Easting        DOUBLE       NOT NULL, -- 0 unknown
  Northing       DOUBLE       NOT NULL,
  BoroughCode    VARCHAR(64)  NOT NULL,
  WardCode       VARCHAR(64)  NOT NULL,
  StationGround  VARCHAR(255) NOT NULL,
  PumpOrder      INT          NOT NULL,
  IncidentNumber VARCHAR(64)  NOT NULL, -- the caller's; empty unknown
  Account        VARCHAR(255) NOT NULL,
  Mean           DOUBLE       NOT NULL, -- attendance time, seconds
  P50            DOUBLE       NOT NULL,
  P90            DOUBLE       NOT NULL,
  Within6        DOUBLE       NOT NULL,
  Within10       DOUBLE       NOT NULL,
  Response       MEDIUMTEXT    NULL,     -- JSON of ml.Answer
  Request        MEDIUMTEXT    NOT NULL,
  PRIMARY KEY (ID),
  KEY ByIncident (IncidentNumber),
  KEY ByCall (CallAt)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS account (
  Name         VARCHAR(255) NOT NULL,
  PasswordHash VARCHAR(255) NOT NULL,
  Role         VARCHAR(16)  NOT NULL,
  Disabled     TINYINT      NOT NULL,
  CreatedAt    DATETIME(6)  NOT NULL,
  PRIMARY KEY (Name)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS api_key (
  ID        VARCHAR(36)  NOT NULL,
  Hash      CHAR(64)     NOT NULL,
  Account   VARCHAR(255) NOT NULL,
  Scope     VARCHAR(16)  NOT NULL,
  Note      TEXT         NOT NULL,
  CreatedAt DATETIME(6)  NOT NULL,
  ExpiresAt DATETIME(6)  NULL,
  RevokedAt DATETIME(6)  NULL,
  PRIMARY KEY (ID),
  UNIQUE KEY ByHash (Hash)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Rows are only ever added.
CREATE TABLE IF NOT EXISTS audit (
  ID      BIGINT       NOT NULL AUTO_INCREMENT,
  At      DATETIME(6)  NOT NULL,
  Who     VARCHAR(255) NOT NULL,
  Address VARCHAR(255) NOT NULL, -- of the client
  Action  VARCHAR(255) NOT NULL,
  Target  VARCHAR(255) NOT NULL,
  Detail  MEDIUMTEXT   NOT NULL,
  PRIMARY KEY (ID)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
