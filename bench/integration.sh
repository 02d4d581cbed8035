#!/usr/bin/env bash
# Tests against the real peers: a MinIO server built from its module, MariaDB with its
# client and rclone (apt-get install mariadb-server mariadb-client rclone), LightGBM,
# onnxruntime, MLflow and the libraries of candidates/python from PyPI in virtual environments under bench/, and the clients
# of bench/clients.sh (node with npm too).
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .lfb/bin
echo "building MinIO from its module; the first time takes minutes" >&2
go -C tools/minio build -o ../../.lfb/bin/minio github.com/minio/minio
export LFB_TEST_MINIO=$PWD/.lfb/bin/minio
go test -count 1 -timeout 60m -tags integration ./internal/s3/...
go test -count 1 -timeout 60m -tags integration -run TestBackupScript ./internal/app
bash bench/integration/interchange.sh
bash bench/integration/candidates.sh
bash bench/mlflow/run.sh
bash bench/clients.sh
