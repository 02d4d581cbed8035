# Temporal's account; the image's entry point runs this once, when it makes the data
# folder. For a folder that is there already, docs/DEPLOY.md says how.
docker_process_sql <<-SQL
	CREATE USER IF NOT EXISTS 'temporal'@'%' IDENTIFIED BY '$TEMPORAL_DB_PASSWORD';
	GRANT ALL ON temporal.* TO 'temporal'@'%';
	GRANT ALL ON temporal_visibility.* TO 'temporal'@'%';
SQL
