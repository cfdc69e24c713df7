#!/usr/bin/env bash
# toxiproxy.sh PORT: a proxy that loses, delays and cuts what passes through it (github.com/Shopify/toxiproxy), its HTTP
# interface on 127.0.0.1:PORT, until it is ended. `toxiproxy.sh fetch` only builds it.
set -euo pipefail

[ $# -eq 1 ] || { sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2; }
program=$("$(dirname "$0")/go_program" toxiproxy github.com/Shopify/toxiproxy/v2/cmd/server v2.5.0)
[ "$1" = fetch ] || exec "$program" -host 127.0.0.1 -port "$1"
