#!/usr/bin/env bash
# Prometheus and promtool for tests, from Debian's package without its service: unpacked once
# into ${XDG_CACHE_HOME:-~/.cache}/xorca-tests/prometheus.
#
#   prometheus.sh promtool ARGUMENTS…   runs promtool
#   prometheus.sh fetch                 only gets it
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/xorca-tests/prometheus

fail() { echo "prometheus.sh: $*" >&2; exit 1; }

# Made whole elsewhere and moved: whoever sees the folder sees all.
fetch() {
    [ -x "$cache/usr/bin/promtool" ] && return
    local work
    work=$(mktemp -d)
    # apt reads and writes as a user of its own.
    chmod 777 "$work"
    (cd "$work" && apt-get -q download prometheus >apt.log 2>&1) ||
        { tail -n 5 "$work/apt.log" >&2; rm -rf "$work"; fail "the package prometheus could not be fetched"; }
    dpkg -x "$work"/prometheus_*.deb "$work/unpacked"
    mkdir -p "${cache%/*}"
    mv -T "$work/unpacked" "$cache" 2>/dev/null || [ -x "$cache/usr/bin/promtool" ] ||
        fail "cannot write $cache"
    rm -rf "$work"
}

case ${1-} in
promtool)
    shift
    fetch
    exec "$cache/usr/bin/promtool" "$@"
    ;;
fetch) fetch ;;
*)
    sed -n '5,6s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
