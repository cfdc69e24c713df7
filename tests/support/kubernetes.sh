#!/usr/bin/env bash
# A Kubernetes without nodes, for tests: its programs, and the resources of others that the manifests use.
#
#   kubernetes.sh etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kubectl ARGUMENTS...
#   kubernetes.sh fetch   only builds and fetches what is missing: a quarter of an hour of a processor, once
#   kubernetes.sh crds    prints the folder of KEDA's and Prometheus Operator's CustomResourceDefinitions
#
# All is made from Go modules, of the versions of tests/kubernetes/cluster/go.mod and of those below, and kept in
# ${XDG_CACHE_HOME:-~/.cache}/xorca-tests/kubernetes-VERSION.
set -euo pipefail

keda=github.com/kedacore/keda/v2@v2.21.0
prometheus_operator=github.com/prometheus-operator/prometheus-operator@v0.85.0

support=$(cd "$(dirname "$0")" && pwd)
source=$support/../kubernetes/cluster
version=$(sed -nE 's/^(require)?[[:space:]]+k8s.io\/kubernetes (v[0-9.]+)$/\2/p' "$source/go.mod")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/xorca-tests/kubernetes-$version
program=$cache/cluster-$(cat "$source"/{go.mod,go.sum,cluster.go} | sha256sum | cut -c 1-16)
crds=$cache/crds-${keda##*@}-${prometheus_operator##*@}

fail() { echo "kubernetes.sh: $*" >&2; exit 1; }

# Built and copied under another name and then moved: whoever sees it sees all of it. Linked without C, it needs no compiler.
fetch_program() {
    local go
    [ -x "$program" ] && return
    mkdir -p "$cache"
    go=$("$support/find_go" 1.26.0)
    echo "kubernetes.sh: builds Kubernetes $version, once" >&2
    (cd "$source" && CGO_ENABLED=0 "$go" build -trimpath -o "$program.$$" \
        -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version" .) || fail "Kubernetes could not be built"
    mv "$program.$$" "$program"
}

# module_file MODULE PATH: copies a file of a Go module, which need not be Go.
module_file() {
    local folder
    folder=$(cd / && go mod download -json "$1" | sed -nE 's/^\t"Dir": "(.*)",?$/\1/p')
    [ -n "$folder" ] || fail "$1 could not be fetched"
    cat "$folder/$2" >"$crds.$$/${2##*/}"
}

fetch_crds() {
    [ -d "$crds" ] && return
    mkdir -p "$crds.$$"
    module_file "$keda" config/crd/bases/keda.sh_scaledobjects.yaml
    module_file "$prometheus_operator" example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml
    module_file "$prometheus_operator" example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml
    mv -T "$crds.$$" "$crds" 2>/dev/null || [ -d "$crds" ] || fail "cannot write $crds"
}

case ${1-} in
etcd | kube-apiserver | kube-controller-manager | kube-scheduler | kubectl)
    fetch_program
    exec "$program" "$@"
    ;;
fetch)
    fetch_program
    fetch_crds
    ;;
crds)
    fetch_crds
    echo "$crds"
    ;;
*)
    sed -n '4,6s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
