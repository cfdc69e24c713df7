#!/usr/bin/env bash
# kustomize.sh FOLDER: prints the manifests of a kustomization, as `kubectl apply -k` would send them. kustomize is built once
# from its Go module (the last version for Debian 12's Go 1.19) into ${XDG_CACHE_HOME:-~/.cache}/xorca-tests/kustomize.
set -euo pipefail

version=v5.0.3
cache=${XDG_CACHE_HOME:-$HOME/.cache}/xorca-tests/kustomize
program=$cache/kustomize-$version

fail() { echo "kustomize.sh: $*" >&2; exit 1; }

[ $# -eq 1 ] || { sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2; }

if [ ! -x "$program" ]; then
    command -v go >/dev/null || fail "Go is missing (Debian: apt-get install golang-go)"
    mkdir -p "$cache"
    work=$(mktemp -d)
    trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
    GOTOOLCHAIN=local GOFLAGS=-modcacherw GOPATH=$work/path GOCACHE=$work/cache GOBIN=$work \
        go install "sigs.k8s.io/kustomize/kustomize/v5@$version" >"$work/log" 2>&1 ||
        { tail -n 10 "$work/log" >&2; fail "kustomize could not be built"; }
    mv "$work/kustomize" "$program"
    chmod -R u+w "$work"
    rm -rf "$work"
    trap - EXIT
fi
exec "$program" build "$1"
