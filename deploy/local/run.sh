#!/usr/bin/env bash
# Builds the all-in-one command where something changed, and becomes it.
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

if changed; then
  mkdir -m 700 -p .lfb
  mkdir -p .lfb/bin
  if test ! -e "$bin"; then
    echo "building; the first time takes about 5 to 9 minutes on two cores, later ones seconds" >&2
  else
    echo "building" >&2
  fi
  touch "$stamp.new" # before the build: what changes during it counts as changed
  (cd deploy/local && go build -tags gms_pure_go -ldflags='-s -w' -o "../../$bin" .)
  mv "$stamp.new" "$stamp"
fi
exec "$bin" "$@"
