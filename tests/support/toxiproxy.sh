#!/usr/bin/env bash
# toxiproxy.sh PORT: a proxy that loses, delays and cuts what passes through it (github.com/Shopify/toxiproxy), its HTTP
# interface on 127.0.0.1:PORT, until it is ended. It is built once from its Go module (a version for Debian 12's Go 1.19) into
# ${XDG_CACHE_HOME:-~/.cache}/xorca-tests/toxiproxy. `toxiproxy.sh fetch` only builds it.
set -euo pipefail

version=v2.5.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/xorca-tests/toxiproxy
program=$cache/toxiproxy-$version

fail() { echo "toxiproxy.sh: $*" >&2; exit 1; }

[ $# -eq 1 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }

if [ ! -x "$program" ]; then
    command -v go >/dev/null || fail "Go is missing (Debian: apt-get install golang-go)"
    mkdir -p "$cache"
    work=$(mktemp -d)
    trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
    GOTOOLCHAIN=local GOFLAGS=-modcacherw GOPATH=$work/path GOCACHE=$work/cache GOBIN=$work \
        go install "github.com/Shopify/toxiproxy/v2/cmd/server@$version" >"$work/log" 2>&1 ||
        { tail -n 10 "$work/log" >&2; fail "toxiproxy could not be built"; }
    mv "$work/server" "$program"
    chmod -R u+w "$work"
    rm -rf "$work"
    trap - EXIT
fi
[ "$1" = fetch ] || exec "$program" -host 127.0.0.1 -port "$1"
