# Everything that is done to this repository is a target here; `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Where tests find the real rows: a folder beside the checkout, or what is set.
ifndef LFB_TEST_DATA
ifneq ($(wildcard ../shared/data),)
export LFB_TEST_DATA := $(abspath ../shared/data)
endif
endif

TOOL := go tool -modfile=$(CURDIR)/tools/go.mod
# The local stack is built with the same flags everywhere, so that its tests build
# nothing that make run has built.
LOCALFLAGS := -tags=gms_pure_go -ldflags=-s
PKG ?= ./...
FUZZTIME ?= 30s

.PHONY: help run build quick test test-root test-local race browser axe integration lint bench bench-full bench-pages chaos deploy-check bench-orchestration bench-monitor bench-peers bench-serving fuzz golden histories cover verify vuln ci

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

run: ## start everything in one process: Temporal, S3, database, worker, api
	@GOFLAGS="$(LOCALFLAGS)" bash deploy/local/run.sh

build: ## build worker, starter and api into bin/
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -o bin/ ./worker ./starter ./api

quick: ## vet, and the short tests of the root module: two minutes where it was built before
	go vet ./...
	go test -short -vet=off $(PKG)

test: test-root test-local ## run every test but the integration ones

test-root: ## test the root module, on MariaDB where it is installed
	go test -timeout 30m $(PKG)

test-local: ## test the local stack: real Temporal, S3 and embedded MySQL in one process
	cd deploy/local && go test $(LOCALFLAGS) -vet=off -timeout 30m ./...

axe: ## hold every page of the web UI to axe-core, from npm: light, dark, on a phone
	bash bench/axe.sh

race: ## test the root module under the race detector
	go test -race -timeout 60m $(PKG)

browser: ## walk the web UI in headless Chromium; SHOTS=docs/img keeps screenshots there
	cd tools/browser && LFB_SHOTS=$(if $(SHOTS),$(abspath $(SHOTS))) go test -count 1 -timeout 20m ./...

integration: ## test against MinIO built from its module, backup by mariadb-dump and rclone, LightGBM, onnxruntime, the candidates in Python, MLflow and the clients of both APIs
	bash bench/integration.sh

lint: ## gofumpt, vet, golangci-lint, workflowcheck
	@test -z "$$($(TOOL) gofumpt -l $$(git ls-files '*.go' | grep -v '^tools/'))" || { $(TOOL) gofumpt -l $$(git ls-files '*.go'); echo 'gofumpt: the files above are not formatted'; exit 1; }
	go vet ./...
	cd deploy/local && go vet $(LOCALFLAGS) ./...
	$(TOOL) golangci-lint run ./...
	$(TOOL) workflowcheck ./workflows/...

bench: ## run the Go benchmarks: PKG=./internal/ml/gbdt make bench
	go test -run '^$$' -bench . -benchmem $(PKG)

bench-monitor: ## a look at the champion over ROWS logged predictions on MariaDB (minutes, most of them to make the rows)
	LFB_BENCH_MONITOR=$${ROWS:-1000000} go test ./activities -count 1 -timeout 60m -run 'TestMonitorMillion$$' -v

bench-full: ## the whole history through the pipeline: DATABASE=embedded|mariadb (minutes)
	bash bench/full.sh $${DATABASE:-embedded}

bench-pages: ## each page's first byte with 100,000 runs and 1,000,000 predictions in MariaDB: LFB_CHAMPION=$$PWD/.lfb/champion (minutes)
	go test ./api/web -run '^$$' -bench FirstByte -benchtime 1000x -timeout 30m

bench-peers: ## side by side with LightGBM, scikit-learn and pandas: SECTION=fit,row RUNS=3 (20 minutes for all)
	@bash bench/peers.sh

bench-serving: ## side by side with FastAPI services, load by wrk (5 minutes): ARGS='-rounds 3 -seconds 8'
	bash bench/serving.sh $(ARGS)

bench-orchestration: ## what orchestration costs a step, beside Airflow (minutes)
	bash bench/orchestration/run.sh

deploy-check: ## hold Dockerfile, compose file and Kubernetes manifests to their schemas and our variables
	bash deploy/check/build.sh
	cd deploy/check && go test -count 1 ./...
	if command -v promtool; then promtool check config deploy/prometheus/prometheus.yml; fi
	if command -v amtool; then amtool check-config deploy/prometheus/alertmanager.yml; fi

chaos: ## kill worker, api, database and store in turn while all is at work: ARGS='-rounds 20 -seed 1'
	bash bench/chaos.sh $(ARGS)

fuzz: ## fuzz every fuzz target for FUZZTIME each
	@bash tools/fuzz.sh $(FUZZTIME)

golden: ## rewrite golden files
	grep -rlE 'flag.Bool\("update"' --include='*_test.go' . | xargs -n1 dirname | sort -u | while read -r pkg; do go test "$$pkg" -update; done

histories: ## record workflow histories for the replay test
	LFB_RECORD_HISTORIES=$(CURDIR)/workflows/testdata/histories bash -c 'cd deploy/local && go test $(LOCALFLAGS) -count 1 -run "TestRecordHistories|TestMonitorEndToEnd|TestProvisionalEndToEnd|TestPlacesEndToEnd" ./...'

cover: ## show test coverage by function
	go test -coverprofile=cover.out $(PKG) && go tool cover -func=cover.out | tail -40

verify: ## go.mod files are tidy, nothing generated is stale, nothing uncommitted is made by it
	go mod tidy -diff
	cd deploy/local && go mod tidy -diff
	cd tools/browser && go mod tidy -diff
	go mod verify >/dev/null

vuln: ## look for known vulnerabilities (needs the open network; outside CI)
	go run golang.org/x/vuln/cmd/govulncheck@latest ./...

ci: verify lint test browser race ## exactly what CI runs
	$(MAKE) fuzz FUZZTIME=10s
