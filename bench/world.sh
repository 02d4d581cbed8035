# Sourced by benches whose parts are processes of their own (bench/world): builds
# those into $out. Needs mariadbd. The first build takes minutes: part holds the
# Temporal server.
out=$PWD/bench/out/chaos
mkdir -p "$out"
CGO_ENABLED=0 go build -trimpath -o "$out/" ./worker ./starter ./api
(cd deploy/local && go build -tags gms_pure_go -ldflags='-s -w' -o "$out/" ./part)
