#!/usr/bin/env bash
# kustomize.sh FOLDER: prints the manifests of a kustomization, as `kubectl apply -k` would send them.
set -euo pipefail

[ $# -eq 1 ] || { sed -n '2s/^# \{0,1\}//p' "$0" >&2; exit 2; }
program=$("$(dirname "$0")/go_program" kustomize sigs.k8s.io/kustomize/kustomize/v5 v5.0.3)
exec "$program" build "$1"
