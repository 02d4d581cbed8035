-- Signed-in browsers, repeated requests and one-time codes. Tokens, keys and
-- codes are stored as SHA-256 only.
CREATE TABLE IF NOT EXISTS session (
  Hash      CHAR(64)     NOT NULL, -- of the token
  Account   VARCHAR(255) NOT NULL,
  Proof     CHAR(64)     NOT NULL, -- SHA-256 of the password hash it was opened with: a new password ends it
  Address   VARCHAR(255) NOT NULL, -- of the client
  CreatedAt DATETIME(6)  NOT NULL,
  SeenAt    DATETIME(6)  NOT NULL,
  ExpiresAt DATETIME(6)  NOT NULL,
  PRIMARY KEY (Hash),
  KEY ByAccount (Account),
  KEY ByExpiry (ExpiresAt)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What a request with an Idempotency-Key was answered. Status is 0 while it is
-- at work; Token is then of who works on it.
CREATE TABLE IF NOT EXISTS idempotency (
  Account   VARCHAR(255) NOT NULL,
  KeyHash   CHAR(64)     NOT NULL,
  Request   CHAR(64)     NOT NULL, -- SHA-256 of method, path, If-Match and body
  Token     VARCHAR(64)  NOT NULL,
  Status    INT          NOT NULL,
  Header    TEXT         NOT NULL, -- JSON
  Body      LONGTEXT     NOT NULL,
  StartedAt DATETIME(6)  NOT NULL,
  ExpiresAt DATETIME(6)  NOT NULL,
  PRIMARY KEY (Account, KeyHash),
  KEY ByExpiry (ExpiresAt)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A code lets its account decide once on one promotion from where there are no
-- roles. UsedBy is the activity that took it, so that its retry succeeds too.
CREATE TABLE IF NOT EXISTS decision_code (
  Hash      CHAR(64)     NOT NULL,
  Account   VARCHAR(255) NOT NULL,
  Promotion VARCHAR(255) NOT NULL, -- workflow id
  CreatedAt DATETIME(6)  NOT NULL,
  ExpiresAt DATETIME(6)  NOT NULL,
  UsedBy    VARCHAR(255) NOT NULL, -- empty: not used
  UsedAt    DATETIME(6)  NULL,
  PRIMARY KEY (Hash),
  KEY ByExpiry (ExpiresAt)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
