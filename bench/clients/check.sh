#!/usr/bin/env bash
# check.sh API URL ACCOUNT:PASSWORD: holds the document of the API (user or admin) that
# answers at URL against validators, generators and schemathesis, and runs the clients.
# SECONDS_FUZZED is how long schemathesis may take. Called by the tests TestClients.
set -euo pipefail
cd "$(dirname "$0")"
api=$1 url=$2 auth=$3
export PATH=$PWD/.venv/bin:$PATH # the generator asks for ruff
bin=.venv/bin node=node_modules/.bin out=../out/clients/$api
rm -rf "$out" && mkdir -p "$out/src"
say() { echo "== $api: $*"; }

say 'the document is valid'
curl -fsS "$url/openapi.json" -o "$out/openapi.json"
"$bin/openapi-spec-validator" "$out/openapi.json"
"$node/redocly" lint --config redocly.yaml --max-problems 20 "$out/openapi.json"

say 'Python: generated, and asked'
"$bin/openapi-python-client" generate --path "$out/openapi.json" --output-path "$out/src/generated" --meta none --config python-client.yaml \
	--fail-on-warning
PYTHONPATH=$out/src "$bin/python" "$api.py" "$url" "$auth"

say 'TypeScript: generated, compiled, and asked'
"$node/openapi-typescript" "$out/openapi.json" -o "$api.schema.d.ts"
"$node/tsc" --strict --target es2022 --module nodenext --moduleResolution nodenext --skipLibCheck --outDir "$out/ts" "$api.ts"
ln -sfn "$PWD/node_modules" "$out/node_modules" && echo '{"type":"module"}' >"$out/package.json"
node "$out/ts/$api.js" "$url" "$auth"

# Who guesses five times is told 429, not 401: who may do what is held by the tests of routes by role.
say schemathesis
"$bin/schemathesis" run "$out/openapi.json" --url "$url" --auth "$auth" --checks all --exclude-checks ignored_auth --max-time "${SECONDS_FUZZED:-60}" \
	--max-examples 100000 --report json,html --report-dir "$out/schemathesis" --no-color --seed 7
