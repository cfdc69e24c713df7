#!/usr/bin/env bash
# A private Apache Kafka for tests: one KRaft node on 127.0.0.1 and free ports, in a folder
# of its own. Its jars come from Maven Central once, and are kept in
# ${XDG_CACHE_HOME:-~/.cache}/xorca-tests/kafka. Needs Java 17 and Maven (Debian packages
# openjdk-17-jre-headless, maven).
#
#   kafka.sh run [OPTIONS] -- COMMAND…  starts one, runs COMMAND, stops and deletes it
#   kafka.sh start FOLDER [OPTIONS]     starts one and returns; prints FOLDER/environment.
#                                       A FOLDER that had one starts again: same ports, same data
#   kafka.sh stop FOLDER                stops it in good order, keeps FOLDER
#   kafka.sh kill FOLDER                SIGKILL, keeps FOLDER
#   kafka.sh fetch                      only gets the jars
#
# OPTIONS: --partitions N (4: of a topic whose creator does not say)
#          --set NAME=VALUE (a broker setting; may be repeated)
#          --long-lived (the JVM compiles with optimisation, which pays off after minutes)
#
# COMMAND finds, as FOLDER/environment has it to be sourced:
#   XORCA_TEST_KAFKA_BOOTSTRAP  127.0.0.1:PORT
#   XORCA_TEST_KAFKA_PID        of the JVM
#   XORCA_TEST_KAFKA_FOLDER     FOLDER; XORCA_TEST_KAFKA_SH is this script
# Topics are never made by mentioning them: auto.create.topics.enable=false. Replication is
# 1 everywhere; nothing else that bears on durability is changed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pom=$here/kafka.pom.xml
cache=${XDG_CACHE_HOME:-$HOME/.cache}/xorca-tests/kafka
jars=$cache/$(sha256sum "$pom" | cut -c 1-16)

fail() { echo "kafka.sh: $*" >&2; exit 1; }

usage() { sed -n '7,16s/^# \{0,1\}//p' "$0" >&2; exit 2; }

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

# Two ports that nobody listens on, below those that the kernel gives to clients.
choose_ports() {
    local attempt
    for attempt in $(seq 50); do
        port=$((20000 + RANDOM % 6000 * 2))
        if port_is_free "$port" && port_is_free $((port + 1)); then
            return
        fi
    done
    fail "no free ports"
}

write_settings() {
    cat >"$folder/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$folder/data
num.partitions=$partitions
default.replication.factor=1
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
END
    [ "${#settings[@]}" -eq 0 ] || printf '%s\n' "${settings[@]}" >>"$folder/server.properties"
}

format_storage() {
    local id
    id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')
    java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$jars/*" kafka.tools.StorageTool \
        format "--cluster-id=$id" -c "$folder/server.properties" >"$folder/format.log" 2>&1 ||
        { cat "$folder/format.log" >&2; fail "the storage could not be formatted"; }
}

# The JVM in the background; until it accepts connections. Most live for a minute or so: what
# the optimising compiler spends on them would never come back.
start_server() {
    local waited compiler=(-XX:TieredStopAtLevel=1)
    [ -z "${long_lived-}" ] || compiler=()
    ${death_signal:+setpriv --pdeathsig "$death_signal" --} \
        java -Xms512m -Xmx512m -XX:+UseSerialGC "${compiler[@]}" \
        -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        -cp "$jars/*" kafka.Kafka "$folder/server.properties" \
        >>"$folder/server.log" 2>&1 </dev/null &
    server_pid=$!
    disown "$server_pid" # whoever kills it does so on purpose: no word from bash
    for waited in $(seq 300); do
        kill -0 "$server_pid" 2>/dev/null || return 1
        port_is_free "$port" || return 0
        sleep 0.1
    done
    kill -KILL "$server_pid" 2>/dev/null || true
    return 1
}

write_environment() {
    echo "$server_pid" >"$folder/pid"
    cat >"$folder/environment" <<END
export XORCA_TEST_KAFKA_BOOTSTRAP='127.0.0.1:$port'
export XORCA_TEST_KAFKA_PID='$server_pid'
export XORCA_TEST_KAFKA_FOLDER='$folder'
export XORCA_TEST_KAFKA_SH='$here/kafka.sh'
END
}

# A new broker, on other ports if somebody was faster.
start_new() {
    local attempt
    for attempt in 1 2 3; do
        rm -rf "$folder/data"
        choose_ports
        write_settings
        format_storage
        if start_server; then
            write_environment
            return
        fi
    done
    tail -n 20 "$folder/server.log" >&2
    fail "the broker did not start"
}

# The one that was here before.
start_again() {
    port=$(sed -n 's|^advertised.listeners=.*:||p' "$folder/server.properties")
    if is_alive "$(server_pid_of "$folder")"; then
        fail "the broker of $folder is running"
    fi
    start_server || { tail -n 20 "$folder/server.log" >&2; fail "the broker did not start again"; }
    write_environment
}

start() {
    command -v java >/dev/null ||
        fail "Java is missing (Debian: apt-get install openjdk-17-jre-headless)"
    fetch_jars
    if [ -f "$folder/server.properties" ] && [ -d "$folder/data" ]; then
        start_again
    else
        start_new
    fi
}

server_pid_of() { cat "$1/pid" 2>/dev/null || true; }

# A process that has ended and was not waited for yet counts as ended.
is_alive() {
    [ -n "$1" ] && kill -0 "$1" 2>/dev/null &&
        [ "$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null || echo Z)" != Z ]
}

# With the signal; KILL when that takes longer than 15 s.
stop_server() {
    local pid=$1 signal=$2 waited
    is_alive "$pid" || return 0
    kill -"$signal" "$pid" 2>/dev/null || true
    for waited in $(seq 150); do
        is_alive "$pid" || return 0
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
}

read_options() {
    partitions=4
    settings=()
    command=()
    while [ $# -gt 0 ]; do
        case $1 in
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
        stop_server "$(server_pid_of "$folder")" TERM
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
        tail -n 20 "$folder/server.log" >&2
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
stop | kill)
    [ -n "${2-}" ] && [ -d "$2" ] || usage
    [ "$1" = stop ] && signal=TERM || signal=KILL
    stop_server "$(server_pid_of "$2")" "$signal"
    ;;
fetch)
    fetch_jars
    ;;
*)
    usage
    ;;
esac
