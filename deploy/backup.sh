#!/usr/bin/env bash
# Saves a system into a folder, and restores it from there:
#
#   bash deploy/backup.sh save <folder>
#   bash deploy/backup.sh restore <folder>
#
# Database and store are those of the LFB_MYSQL_… and LFB_S3_… variables, as for worker
# and api. Needs mariadb and mariadb-dump (or mysql and mysqldump), and rclone. No
# password is ever an argument. MYSQL_OPTION_FILE may name a client's option file of
# mode 0600, as for TLS.
#
# Whatever a row names was stored before the row was written. So the database is saved
# first and restored last: at no time does a row name an object that is not there.
set -euo pipefail
umask 077

usage() { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
fail() { echo "backup: $*" >&2; exit 1; }
[ $# = 2 ] || usage
verb=$1 folder=$2 dump=$2/database.sql.gz

address=${LFB_MYSQL_ADDRESS:-127.0.0.1:3306} database=${LFB_MYSQL_DATABASE:-lfb}
export MYSQL_PWD=${LFB_MYSQL_PASSWORD:-}
login=(--host="${address%:*}" --port="${address##*:}" --protocol=tcp --user="${LFB_MYSQL_USER:-lfb}" --default-character-set=utf8mb4)
if [ -n "${MYSQL_OPTION_FILE:-}" ]; then
	[ "$(stat -c %a "$MYSQL_OPTION_FILE")" = 600 ] || fail "$MYSQL_OPTION_FILE is not of mode 0600"
	login=(--defaults-extra-file="$MYSQL_OPTION_FILE" "${login[@]}")
fi
sql=$(command -v mariadb || command -v mysql) || fail "neither mariadb nor mysql is installed"
sqldump=$(command -v mariadb-dump || command -v mysqldump) || fail "neither mariadb-dump nor mysqldump is installed"

scheme=http
[ "${LFB_S3_TLS:-false}" = false ] || scheme=https
export RCLONE_CONFIG='' RCLONE_CONFIG_LFB_TYPE=s3 RCLONE_CONFIG_LFB_PROVIDER=Other \
	RCLONE_CONFIG_LFB_ENDPOINT=$scheme://${LFB_S3_ENDPOINT:-127.0.0.1:9000} RCLONE_CONFIG_LFB_REGION=${LFB_S3_REGION:-us-east-1} \
	RCLONE_CONFIG_LFB_ACCESS_KEY_ID=${LFB_S3_ACCESS:-} RCLONE_CONFIG_LFB_SECRET_ACCESS_KEY=${LFB_S3_SECRET:-}
bucket=lfb:${LFB_S3_BUCKET:-lfb}
# An object never changes under its key, so one that is there with its size is the same.
copy() { rclone copy --metadata --size-only --transfers 8 "$@"; }

case $verb in
save)
	[ ! -e "$dump" ] || fail "$dump is there already; a backup is a folder of its own"
	mkdir -p "$folder/objects"
	"$sqldump" "${login[@]}" --single-transaction --quick --hex-blob --no-tablespaces "$database" | gzip >"$dump.part"
	copy "$bucket" "$folder/objects"
	mv "$dump.part" "$dump" # last: a folder without it is no backup
	;;
restore)
	[ -e "$dump" ] || fail "$folder is no whole backup: it has no database.sql.gz"
	gzip --test "$dump"
	"$sql" "${login[@]}" --execute "CREATE DATABASE IF NOT EXISTS \`$database\`"
	tables=$("$sql" "${login[@]}" --skip-column-names --execute "SHOW TABLES" "$database" | wc -l)
	[ "$tables" = 0 ] || fail "database $database has $tables tables; only an empty one is restored into"
	rclone mkdir "$bucket"
	copy "$folder/objects" "$bucket"
	gzip --decompress --stdout "$dump" | "$sql" "${login[@]}" "$database"
	;;
*) usage ;;
esac
echo "backup: $verb of database $database and bucket ${bucket#lfb:}: done" >&2
