#!/usr/bin/env bash
# Builds the all-in-one command where something changed, and becomes it. make run
# calls it with the build's flags in GOFLAGS.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=.lfb/bin/lfb
stamp=.lfb/bin/built

command -v go >/dev/null || { echo "make run needs go: install it first" >&2; exit 1; }

# Asking go takes seconds even when nothing changed, since it looks at every file
# of every dependency; one look at our own files takes none.
changed() {
  test ! -e "$bin" -o ! -e "$stamp" || find . \
    \( -path ./.git -o -path ./.lfb -o -path ./bin -o -path ./bench -o -path ./docs \) -prune -o \
    \( -type f -o -type d \) -newer "$stamp" -print -quit | grep -q .
}

# progress counts the packages that go build -v names, and passes on all else.
progress() {
  awk -v all="$1" -v terminal="$(test -t 2 && echo 1)" '
    function say(text) { printf terminal ? "\r\033[K%s" : "%s\n", text; fflush() }
    /^[^ :]+$/ {
      n++
      if ($0 == "lfb/deploy/local") say("building: linking")
      else if (terminal || n % 100 == 0) say("building: " n " of " all " packages")
      next
    }
    { say($0); if (terminal) print "" }
    END { if (n && terminal) print "" }' >&2
}

if changed; then
  mkdir -m 700 -p .lfb
  mkdir -p .lfb/bin
  touch "$stamp.new" # before the build: what changes during it counts as changed
  cd deploy/local
  if test ! -e "../../$bin"; then
    echo "building everything; the first time takes about five minutes on two cores, later ones seconds" >&2
    go mod download
  fi
  todo=$(go list -deps -f '{{if .Stale}}{{.ImportPath}}{{end}}' . | grep -c . || true)
  # The compiler's own garbage collection is a fifth of its work on large packages.
  GOGC=${GOGC:-400} go build -v -o "../../$bin" . 2>&1 | progress "$todo"
  cd ../..
  mv "$stamp.new" "$stamp"
fi
exec "$bin" "$@"
