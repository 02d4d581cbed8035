-- The API key that a change was made with; NULL before there was this column, empty
-- for a password.
ALTER TABLE audit ADD COLUMN KeyID VARCHAR(36) NULL;
