#!/usr/bin/env bash
# A private Apache Kafka for tests: KRaft nodes on 127.0.0.1 and free ports, in a folder of
# their own. The jars come from Maven Central once, and are kept in
# ${XDG_CACHE_HOME:-~/.cache}/xorca-tests/kafka. Needs Java 17 and Maven (Debian packages
# openjdk-17-jre-headless, maven).
#
#   kafka.sh run [OPTIONS] -- COMMAND…  starts one, runs COMMAND, stops and deletes it
#   kafka.sh start FOLDER [OPTIONS]     starts one and returns; prints FOLDER/environment.
#                                       A FOLDER that had one starts again: same ports, same data
#   kafka.sh start-node FOLDER NODE     starts the one node that was stopped
#   kafka.sh stop FOLDER [NODE]         stops all, or one, in good order, keeps FOLDER
#   kafka.sh kill FOLDER [NODE]         SIGKILL, keeps FOLDER
#   kafka.sh configs FOLDER ARGUMENTS…  Kafka's own kafka-configs.sh: settings, quotas
#   kafka.sh fetch                      only gets the jars
#
# OPTIONS: --nodes N (1; each a broker and a controller in a JVM of its own)
#          --partitions N (4: of a topic whose creator does not say)
#          --set NAME=VALUE (a broker setting; may be repeated)
#          --proxied (each broker has a second address, behind a proxy that COMMAND starts)
#          --users (another address asks for SASL/PLAIN: worker, password worker-secret. What it
#            may do is up to ACLs, and everything where there are none; who comes without a
#            name may do everything)
#          --long-lived (the JVM compiles with optimisation, which pays off after minutes)
#
# COMMAND finds, as FOLDER/environment has it to be sourced:
#   XORCA_TEST_KAFKA_BOOTSTRAP  127.0.0.1:PORT of each node, with commas between
#   XORCA_TEST_KAFKA_PROXIED    the same of their second addresses, which a proxy must open
#   XORCA_TEST_KAFKA_BEHIND     and what that proxy connects to, in the same order
#   XORCA_TEST_KAFKA_USERS      the addresses that ask for a name
#   XORCA_TEST_KAFKA_PID        of the first node's JVM
#   XORCA_TEST_KAFKA_FOLDER     FOLDER; XORCA_TEST_KAFKA_SH is this script
# Topics are never made by mentioning them: auto.create.topics.enable=false. One node has
# replication 1 everywhere; several have 3 (or as many as there are) and min.insync.replicas 2.
# Nothing else that bears on durability is changed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pom=$here/kafka.pom.xml
cache=${XDG_CACHE_HOME:-$HOME/.cache}/xorca-tests/kafka
jars=$cache/$(sha256sum "$pom" | cut -c 1-16)

fail() { echo "kafka.sh: $*" >&2; exit 1; }

usage() { sed -n '7,25s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# The jars of this pom, made whole elsewhere and moved: whoever sees the folder sees all.
fetch_jars() {
    [ -d "$jars" ] && return
    command -v mvn >/dev/null || fail "Maven is missing (Debian: apt-get install maven)"
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    flock 9
    if [ ! -d "$jars" ]; then
        rm -rf "$jars".new
        mvn -q -B -f "$pom" dependency:copy-dependencies -DincludeScope=runtime \
            -DoutputDirectory="$jars.new" >"$cache/maven.log" 2>&1 ||
            { tail -n 20 "$cache/maven.log" >&2; fail "the jars could not be fetched"; }
        mv "$jars.new" "$jars"
    fi
    exec 9>&-
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A node has ports of its own from `port + 8 * (node - 1)` on: clients, controller, behind the
# proxy, the proxy, users.
node_port() { echo $((port + 8 * ($1 - 1) + $2)); }

each_node() { seq "$nodes"; }

# Ports that nobody listens on, below those that the kernel gives to clients.
choose_ports() {
    local attempt node offset
    for attempt in $(seq 50); do
        port=$((20000 + RANDOM % 1500 * 8))
        for node in $(each_node); do
            for offset in 0 1 2 3 4; do
                port_is_free "$(node_port "$node" $offset)" || continue 3
            done
        done
        return
    done
    fail "no free ports"
}

# addresses OFFSET [PREFIX]: of all nodes, with commas between.
addresses() {
    local node list=
    for node in $(each_node); do
        list+=${list:+,}${2:+$node@}127.0.0.1:$(node_port "$node" "$1")
    done
    echo "$list"
}

# write_settings NODE
write_settings() {
    local replicas=$((nodes < 3 ? nodes : 3))
    local listeners="" advertised="" protocols=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
    listeners=PLAINTEXT://127.0.0.1:$(node_port "$1" 0)
    advertised=$listeners
    listeners+=,CONTROLLER://127.0.0.1:$(node_port "$1" 1)
    if [ -n "${proxied-}" ]; then
        listeners+=,PROXIED://127.0.0.1:$(node_port "$1" 2)
        advertised+=,PROXIED://127.0.0.1:$(node_port "$1" 3)
        protocols+=,PROXIED:PLAINTEXT
    fi
    if [ -n "${users-}" ]; then
        listeners+=,USERS://127.0.0.1:$(node_port "$1" 4)
        advertised+=,USERS://127.0.0.1:$(node_port "$1" 4)
        protocols+=,USERS:SASL_PLAINTEXT
    fi
    mkdir -p "$folder/node-$1"
    cat >"$folder/node-$1/server.properties" <<END
process.roles=broker,controller
node.id=$1
controller.quorum.voters=$(addresses 1 id)
listeners=$listeners
advertised.listeners=$advertised
listener.security.protocol.map=$protocols
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$folder/node-$1/data
num.partitions=$partitions
default.replication.factor=$replicas
min.insync.replicas=$((nodes > 1 ? 2 : 1))
auto.create.topics.enable=false
offsets.topic.replication.factor=$replicas
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$replicas
transaction.state.log.min.isr=$((nodes > 1 ? 2 : 1))
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
END
    [ -z "${users-}" ] || cat >>"$folder/node-$1/server.properties" <<END
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=true
listener.name.users.sasl.enabled.mechanisms=PLAIN
listener.name.users.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_worker="worker-secret";
END
    [ "${#settings[@]}" -eq 0 ] || printf '%s\n' "${settings[@]}" >>"$folder/node-$1/server.properties"
}

# format_storage CLUSTER-ID NODE
format_storage() {
    java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$jars/*" kafka.tools.StorageTool \
        format "--cluster-id=$1" -c "$folder/node-$2/server.properties" >"$folder/node-$2/format.log" 2>&1 ||
        { cat "$folder/node-$2/format.log" >&2; fail "the storage could not be formatted"; }
}

# launch NODE: its JVM in the background. Most live for a minute or so: what the optimising
# compiler spends on them would never come back.
launch() {
    local server_pid compiler=(-XX:TieredStopAtLevel=1)
    [ -z "${long_lived-}" ] || compiler=()
    ${death_signal:+setpriv --pdeathsig "$death_signal" --} \
        java -Xms512m -Xmx512m -XX:+UseSerialGC "${compiler[@]}" \
        -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        -cp "$jars/*" kafka.Kafka "$folder/node-$1/server.properties" \
        >>"$folder/node-$1/server.log" 2>&1 </dev/null &
    server_pid=$!
    disown "$server_pid" # whoever kills it does so on purpose: no word from bash
    echo "$server_pid" >"$folder/node-$1/pid"
}

# await NODE: until it accepts connections.
await() {
    local waited pid
    pid=$(server_pid_of "$1")
    for waited in $(seq 600); do
        is_alive "$pid" || break
        port_is_free "$(node_port "$1" 0)" || return 0
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    tail -n 20 "$folder/node-$1/server.log" >&2
    return 1
}

# Those that are not running.
start_servers() {
    local node
    for node in "$@"; do
        is_alive "$(server_pid_of "$node")" || launch "$node"
    done
    for node in "$@"; do
        await "$node" || return 1
    done
}

write_environment() {
    cat >"$folder/environment" <<END
export XORCA_TEST_KAFKA_BOOTSTRAP='$(addresses 0)'
export XORCA_TEST_KAFKA_PROXIED='$(addresses 3)'
export XORCA_TEST_KAFKA_BEHIND='$(addresses 2)'
export XORCA_TEST_KAFKA_USERS='$(addresses 4)'
export XORCA_TEST_KAFKA_PID='$(server_pid_of 1)'
export XORCA_TEST_KAFKA_FOLDER='$folder'
export XORCA_TEST_KAFKA_SH='$here/kafka.sh'
END
}

# New brokers, on other ports if somebody was faster.
start_new() {
    local attempt id node
    id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')
    for attempt in 1 2 3; do
        rm -rf "$folder"/node-*
        choose_ports
        for node in $(each_node); do
            write_settings "$node"
            format_storage "$id" "$node"
        done
        if start_servers $(each_node); then
            write_environment
            return
        fi
        stop_servers KILL $(each_node)
    done
    fail "the broker did not start"
}

# Those that were here before.
start_again() {
    read_folder
    start_servers "$@" || fail "the broker did not start again"
    write_environment
}

# What a FOLDER was started with.
read_folder() {
    nodes=$(ls -d "$folder"/node-*/ | wc -l)
    port=$(sed -n 's|^advertised.listeners=PLAINTEXT://127.0.0.1:\([0-9]*\).*|\1|p' "$folder/node-1/server.properties")
}

start() {
    command -v java >/dev/null ||
        fail "Java is missing (Debian: apt-get install openjdk-17-jre-headless)"
    fetch_jars
    if [ -d "$folder/node-1/data" ]; then
        read_folder
        start_again $(each_node)
    else
        start_new
    fi
}

server_pid_of() { cat "$folder/node-$1/pid" 2>/dev/null || true; }

# A process that has ended and was not waited for yet counts as ended.
is_alive() {
    [ -n "$1" ] && kill -0 "$1" 2>/dev/null &&
        [ "$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null || echo Z)" != Z ]
}

# stop_servers SIGNAL NODE...: all at once; KILL when that takes longer than 15 s. Controllers
# that lose their majority while they stop wait for it: they have their turn to the last.
stop_servers() {
    local signal=$1 node waited
    shift
    for node in "$@"; do
        is_alive "$(server_pid_of "$node")" && kill -"$signal" "$(server_pid_of "$node")" 2>/dev/null
    done
    for node in "$@"; do
        for waited in $(seq 150); do
            is_alive "$(server_pid_of "$node")" || continue 2
            sleep 0.1
        done
        kill -KILL "$(server_pid_of "$node")" 2>/dev/null || true
    done
}

read_options() {
    nodes=1
    partitions=4
    settings=()
    command=()
    while [ $# -gt 0 ]; do
        case $1 in
        --nodes) [ -n "${2-}" ] || usage; nodes=$2; shift 2 ;;
        --proxied) proxied=yes; shift ;;
        --users) users=yes; shift ;;
        --partitions) [ -n "${2-}" ] || usage; partitions=$2; shift 2 ;;
        --set) [ -n "${2-}" ] || usage; settings+=("$2"); shift 2 ;;
        --long-lived) long_lived=yes; shift ;;
        --) shift; command=("$@"); return ;;
        *) usage ;;
        esac
    done
}

case ${1-} in
run)
    shift
    read_options "$@"
    [ "${#command[@]}" -gt 0 ] || usage
    folder=$(mktemp -d "${TMPDIR:-/tmp}/xorca-kafka.XXXXXX")
    cleanup() {
        # COMMAND may have stopped and started it.
        stop_servers TERM $(each_node)
        rm -rf "$folder"
    }
    trap cleanup EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    death_signal=KILL # should this script be killed, the broker ends too
    start
    # shellcheck disable=SC1091
    . "$folder/environment"
    "${command[@]}" && status=0 || status=$?
    if [ "$status" -ne 0 ]; then
        echo "kafka.sh: the broker's last words:" >&2
        tail -n 20 "$folder"/node-*/server.log >&2
    fi
    exit "$status"
    ;;
start)
    [ -n "${2-}" ] || usage
    mkdir -p "$2"
    folder=$(cd "$2" && pwd)
    shift 2
    read_options "$@"
    death_signal=
    start
    cat "$folder/environment"
    ;;
start-node)
    [ -n "${3-}" ] && [ -d "$2/node-$3" ] || usage
    folder=$(cd "$2" && pwd)
    fetch_jars
    death_signal=
    start_again "$3"
    ;;
stop | kill)
    [ -n "${2-}" ] && [ -d "$2" ] || usage
    folder=$(cd "$2" && pwd)
    [ -f "$folder/node-1/server.properties" ] || exit 0
    read_folder
    [ "$1" = stop ] && signal=TERM || signal=KILL
    stop_servers "$signal" ${3:-$(each_node)}
    ;;
configs)
    [ -n "${3-}" ] && [ -f "$2/environment" ] || usage
    # shellcheck disable=SC1091
    . "$2/environment"
    shift 2
    java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        -cp "$jars/*" kafka.admin.ConfigCommand --bootstrap-server "$XORCA_TEST_KAFKA_BOOTSTRAP" "$@"
    ;;
fetch)
    fetch_jars
    ;;
*)
    usage
    ;;
esac
