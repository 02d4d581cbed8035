-- When an API key was last used, and whether an account's password is to be changed by
-- whoever signs in with it. NULL before there were these columns.
ALTER TABLE api_key ADD COLUMN UsedAt DATETIME(6) NULL;
ALTER TABLE account ADD COLUMN OneTime BOOL NULL;
