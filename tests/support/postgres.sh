#!/usr/bin/env bash
# A private PostgreSQL cluster for tests: on 127.0.0.1 and a unix socket, in a folder of its
# own, with a password. Needs no running server; takes the newest /usr/lib/postgresql/*/bin.
#
#   postgres.sh run [OPTIONS] -- COMMAND…   starts one, runs COMMAND, stops and deletes it
#   postgres.sh start FOLDER [OPTIONS]      starts one and returns; FOLDER/environment says where.
#                                           A FOLDER that had one starts again: same port, same data
#   postgres.sh standby FOLDER PRIMARY [PORT]  a copy of the one in PRIMARY that follows it, by way
#                                           of 127.0.0.1:PORT if it is not to come straight
#   postgres.sh promote FOLDER              makes a standby a server of its own
#   postgres.sh stop FOLDER                 stops it, keeps FOLDER
#   postgres.sh kill FOLDER                 immediate shutdown, as after a crash; keeps FOLDER
#
# OPTIONS: --fsync on|off (off)   --set NAME=VALUE (a server setting; may be repeated)
#
# COMMAND finds, as FOLDER/environment has it to be sourced:
#   XORCA_TEST_DATABASE_URL         role xorca, owner of database xorca, may create databases
#   XORCA_TEST_DATABASE_SOCKET_URL  the same through the unix socket
#   XORCA_TEST_ADMIN_URL            the superuser
#   XORCA_TEST_POSTGRES_PID         of the postmaster
# Started as root, the server runs as user postgres, or as nobody where there is none:
# PostgreSQL refuses root.
set -euo pipefail

fail() { echo "postgres.sh: $*" >&2; exit 1; }

usage() { sed -n '5,16s/^# \{0,1\}//p' "$0" >&2; exit 2; }

find_binaries() {
    local folder
    folder=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    if [ -z "$folder" ] && command -v initdb >/dev/null; then
        folder=$(dirname "$(command -v initdb)")
    fi
    [ -n "$folder" ] && [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] ||
        fail "no PostgreSQL server found (Debian: apt-get install postgresql)"
    echo "$folder"
}

# What runs a command as the server's user, in front of it: nothing, unless we are root. An
# array and not a function, so that the server is a child of this script and not of a
# subshell: --pdeathsig is about the parent.
choose_user() {
    as_server=()
    [ "$(id -u)" -eq 0 ] || return 0
    local user=postgres
    id -u postgres >/dev/null 2>&1 || user=nobody
    as_server=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups --)
    chown -R "$user" "$folder" "$sockets"
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# initdb; a role and a database for the tests. Expects: binaries, folder, password.
create_cluster() {
    printf '%s\n' "$password" >"$folder/password"
    choose_user
    "${as_server[@]}" "$binaries/initdb" --pgdata="$folder/data" --username=postgres \
        --auth=scram-sha-256 --pwfile="$folder/password" --encoding=UTF8 --locale=C.UTF-8 \
        --no-sync >"$folder/initdb.log" 2>&1 ||
        { cat "$folder/initdb.log" >&2; fail "initdb failed"; }
}

# Starts the postmaster in the background, on a free port unless there is one already, and waits
# until it answers (a standby: until it can be read).
start_server() {
    local attempt waited fixed=${port-}
    for attempt in 1 2 3 4 5; do
        port=${fixed:-$((20000 + RANDOM % 12000))}
        port_is_free "$port" || continue
        "${as_server[@]}" ${death_signal:+setpriv --pdeathsig "$death_signal" --} \
            "$binaries/postgres" -D "$folder/data" -p "$port" \
            -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$sockets" \
            -c logging_collector=off -c log_line_prefix='%m [%p] %a ' \
            -c fsync="$fsync" "${settings[@]}" >>"$folder/server.log" 2>&1 &
        server_pid=$!
        for waited in $(seq 300); do
            if [ "$(sed -n 8p "$folder/data/postmaster.pid" 2>/dev/null | tr -d ' ')" = ready ]; then
                server_pid=$(head -n 1 "$folder/data/postmaster.pid")
                printf '%s\n' "$fsync" "${settings[@]}" >"$folder/options"
                return 0
            fi
            kill -0 "$server_pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -QUIT "$server_pid" 2>/dev/null || true
        wait "$server_pid" 2>/dev/null || true
    done
    tail -n 20 "$folder/server.log" >&2
    fail "the server did not start"
}

create_database() {
    PGPASSWORD=$password PGOPTIONS='' "$binaries/psql" -X -q -v ON_ERROR_STOP=1 \
        -h 127.0.0.1 -p "$port" -U postgres -d postgres \
        -c "CREATE ROLE xorca LOGIN CREATEDB PASSWORD '$password'" \
        -c "CREATE DATABASE xorca OWNER xorca" >>"$folder/server.log" ||
        fail "the role and the database could not be created"
}

write_environment() {
    local socket=${sockets//\//%2F}
    cat >"$folder/environment" <<END
export XORCA_TEST_DATABASE_URL='postgresql://xorca:$password@127.0.0.1:$port/xorca'
export XORCA_TEST_DATABASE_SOCKET_URL='postgresql://xorca:$password@$socket:$port/xorca'
export XORCA_TEST_ADMIN_URL='postgresql://postgres:$password@127.0.0.1:$port/postgres'
export XORCA_TEST_POSTGRES_PID='$server_pid'
END
    chmod 600 "$folder/environment"
}

# Fast shutdown by process id; SIGQUIT when that takes too long.
stop_server() {
    local pid=$1 waited
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 0
    kill -INT "$pid"
    for waited in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -QUIT "$pid" 2>/dev/null || true
}

# Immediate shutdown: no checkpoint, no farewell; the next start recovers.
kill_server() {
    local pid=$1 waited
    [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null || return 0
    for waited in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    fail "the server did not end"
}

read_options() {
    fsync=off
    settings=()
    command=()
    while [ $# -gt 0 ]; do
        case $1 in
        --fsync) [ "${2-}" = on ] || [ "${2-}" = off ] || usage; fsync=$2; shift 2 ;;
        --set) [ -n "${2-}" ] || usage; settings+=(-c "$2"); shift 2 ;;
        --) shift; command=("$@"); return ;;
        *) usage ;;
        esac
    done
}

# Makes and starts the cluster in $folder. Sockets have a short path of their own: their
# names are limited to 107 bytes.
start() {
    binaries=$(find_binaries)
    chmod 711 "$folder"
    password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    sockets=$folder
    [ "${#folder}" -le 80 ] || sockets=$(mktemp -d /tmp/xorca-postgres.XXXXXX)
    create_cluster
    start_server
    create_database
    write_environment
}

# What a FOLDER was started with.
read_folder() {
    binaries=$(find_binaries)
    password=$(cat "$1/password")
    port=$(sed -n "s|.*TEST_DATABASE_URL=.*@127.0.0.1:\([0-9]*\)/.*|\1|p" "$1/environment")
    sockets=$(sed -n "s|.*SOCKET_URL=.*@\(.*\):.*|\1|p" "$1/environment" | sed 's|%2F|/|g')
    mapfile -t settings <"$1/options"
    fsync=${settings[0]}
    settings=("${settings[@]:1}")
}

start_again() {
    read_folder "$folder"
    choose_user
    start_server
    write_environment
}

# A streaming standby, made by pg_basebackup; it logs in as the superuser.
start_standby() {
    local primary=$1 through=${2-}
    read_folder "$primary"
    chmod 711 "$folder"
    sockets=$folder
    cp "$primary/password" "$folder/password"
    choose_user
    PGPASSWORD=$password "${as_server[@]}" "$binaries/pg_basebackup" --pgdata="$folder/data" \
        --dbname="host=127.0.0.1 port=${through:-$port} user=postgres connect_timeout=10" \
        --write-recovery-conf --checkpoint=fast --no-sync >"$folder/basebackup.log" 2>&1 ||
        { cat "$folder/basebackup.log" >&2; fail "pg_basebackup failed"; }
    port=
    start_server
    write_environment
}

case ${1-} in
run)
    shift
    read_options "$@"
    [ "${#command[@]}" -gt 0 ] || usage
    folder=$(mktemp -d "${TMPDIR:-/tmp}/xorca-postgres.XXXXXX")
    server_pid=
    sockets=$folder
    cleanup() {
        stop_server "$server_pid"
        wait 2>/dev/null || true
        rm -rf "$folder" "$sockets"
    }
    trap cleanup EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    death_signal=QUIT # should this script be killed, the server ends too, whatever it waits for
    start
    # shellcheck disable=SC1091
    . "$folder/environment"
    "${command[@]}" && status=0 || status=$?
    if [ "$status" -ne 0 ]; then
        echo "postgres.sh: the server's last words:" >&2
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
    if [ -f "$folder/environment" ]; then start_again; else start; fi
    disown -a
    ;;
standby)
    [ -n "${3-}" ] && [ -d "$3" ] || usage
    mkdir -p "$2"
    folder=$(cd "$2" && pwd)
    death_signal=
    start_standby "$(cd "$3" && pwd)" "${4-}"
    disown -a
    ;;
promote)
    [ -n "${2-}" ] && [ -d "$2" ] || usage
    folder=$(cd "$2" && pwd)
    read_folder "$folder"
    choose_user
    "${as_server[@]}" "$binaries/pg_ctl" promote --pgdata="$folder/data" >/dev/null
    ;;
stop)
    [ -n "${2-}" ] && [ -d "$2" ] || usage
    stop_server "$(head -n 1 "$2/data/postmaster.pid" 2>/dev/null || true)"
    ;;
kill)
    [ -n "${2-}" ] && [ -d "$2" ] || usage
    kill_server "$(head -n 1 "$2/data/postmaster.pid" 2>/dev/null || true)"
    ;;
*)
    usage
    ;;
esac
