-- Stored files of the sources, by content and name, and their rejected rows.
CREATE TABLE IF NOT EXISTS source_file (
  SHA256     CHAR(64)     NOT NULL,
  Source     VARCHAR(32)  NOT NULL,
  Name       VARCHAR(255) NOT NULL,
  Version    VARCHAR(255) NOT NULL,
  Kind       VARCHAR(16)  NOT NULL,
  Origin     TINYINT      NOT NULL,
  RefKey     VARCHAR(512) NOT NULL,
  RefSHA256  VARCHAR(64)  NOT NULL,
  RefBytes   BIGINT       NOT NULL,
  RefRows    BIGINT       NOT NULL,
  StoredAt   DATETIME(6)  NOT NULL,
  State      VARCHAR(16)  NOT NULL, -- stored | loaded | superseded
  LoadedAt   DATETIME(6)  NULL,     -- of the last load, by whatever count below
  RowsRead   BIGINT       NOT NULL DEFAULT 0,
  Inserted   BIGINT       NOT NULL DEFAULT 0,
  Updated    BIGINT       NOT NULL DEFAULT 0,
  Unchanged  BIGINT       NOT NULL DEFAULT 0,
  Duplicates BIGINT       NOT NULL DEFAULT 0,
  Rejected   BIGINT       NOT NULL DEFAULT 0,
  Withdrawn  BIGINT       NOT NULL DEFAULT 0,
  PRIMARY KEY (SHA256, Source, Name),
  KEY ByName (Source, Name),
  KEY ByOrigin (Origin, State)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS reject (
  SHA256     CHAR(64)     NOT NULL,
  LineNo     BIGINT       NOT NULL, -- of the file; 1 is its header
  Seq        INT          NOT NULL, -- order in which they were found
  ColumnName VARCHAR(255) NOT NULL,
  Value      TEXT         NOT NULL,
  Reason     VARCHAR(255) NOT NULL,
  PRIMARY KEY (SHA256, LineNo, Seq)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
