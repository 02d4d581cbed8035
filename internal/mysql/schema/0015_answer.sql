-- What a person was told in sentences, with the logged answer of the same ID, and
-- what administrators set by hand.
CREATE TABLE IF NOT EXISTS answer (
  ID         VARCHAR(36)  NOT NULL, -- of the prediction; sorts by time
  AnsweredAt DATETIME(6)  NOT NULL,
  Account    VARCHAR(255) NOT NULL,
  Said       MEDIUMTEXT   NOT NULL, -- JSON
  PRIMARY KEY (ID),
  KEY ByAccount (Account, ID),
  KEY ByAnswer (AnsweredAt)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Rows are only ever added: the highest revision of a name counts.
CREATE TABLE IF NOT EXISTS setting (
  Name     VARCHAR(64)  NOT NULL,
  Revision BIGINT       NOT NULL,
  Value    VARCHAR(255) NOT NULL,
  Who      VARCHAR(255) NOT NULL,
  Why      TEXT         NOT NULL,
  SetAt    DATETIME(6)  NOT NULL,
  PRIMARY KEY (Name, Revision)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
