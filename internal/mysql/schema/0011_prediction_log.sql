-- Which of the answers that carry a reference repeat another, which alone is in
-- prediction: the same question of the same account to the same model within ten
-- minutes. Kept is that answer's ID; its own where it repeats none.
CREATE TABLE IF NOT EXISTS prediction_ask (
  ID         VARCHAR(36) NOT NULL,
  AskKey     CHAR(64)    NOT NULL, -- SHA-256 of account, model, reference, engine and question
  AnsweredAt DATETIME(6) NOT NULL,
  Kept       VARCHAR(36) NOT NULL,
  PRIMARY KEY (ID),
  KEY ByAsk (AskKey, AnsweredAt),
  KEY ByAnswer (AnsweredAt)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Answers that prediction cannot hold, as they were spooled: the newest of them.
CREATE TABLE IF NOT EXISTS prediction_refused (
  ID         CHAR(64)     NOT NULL, -- SHA-256 of Record
  RefusedAt  DATETIME(6)  NOT NULL,
  Prediction VARCHAR(64)  NOT NULL, -- its ID, where that can be read
  Host       VARCHAR(255) NOT NULL, -- that had it in its spool
  Reason     TEXT         NOT NULL,
  Record     MEDIUMBLOB   NOT NULL,
  PRIMARY KEY (ID),
  KEY ByTime (RefusedAt)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
