#!/bin/sh
# Makes Temporal's databases, or updates them; safe to repeat. temporal-sql-tool
# takes server and account from SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD.
set -eu
for schema in ${SCHEMAS:-temporal visibility}; do
  case $schema in
  temporal) db=temporal ;;
  visibility) db=temporal_visibility ;;
  esac
  temporal-sql-tool --db "$db" create
  temporal-sql-tool --db "$db" setup-schema -v 0.0
  temporal-sql-tool --db "$db" update-schema -d "${SCHEMA_DIR:-/etc/temporal/schema/mysql/v8}/$schema/versioned"
done
