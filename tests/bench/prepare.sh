# Sourced by the benchmarks: installs what they need, builds the program, and sets
# `bench_python` to run a script of theirs with, and `bench_program` to build a C program of
# theirs, with optimisation, in build-bench. Quiet unless something fails.
bench_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bench_cache=${XDG_CACHE_HOME:-$HOME/.cache}/xorca-tests
"$bench_root/deploy/install-dependencies" tests >&2

# bench_quietly COMMAND...: its output only if it fails, which ends the benchmark.
bench_quietly() {
    local log
    log=$(mktemp)
    "$@" >"$log" 2>&1 || {
        tail -n 30 "$log" >&2
        rm -f "$log"
        exit 1
    }
    rm -f "$log"
}

bench_prepare() {
    [ -f "$bench_root/build/CMakeCache.txt" ] ||
        cmake -S "$bench_root" -B "$bench_root/build" -DXORCA_TESTS=OFF || return
    cmake --build "$bench_root/build" --parallel "$(nproc)" --target xorca || return
    [ -x "$bench_cache/venv/bin/python" ] || python3 -m venv "$bench_cache/venv" || return
    "$bench_cache/venv/bin/pip" install --quiet --disable-pip-version-check \
        -r "$bench_root/tests/requirements.txt"
}

bench_program() {
    bench_quietly cmake -S "$bench_root" -B "$bench_root/build-bench" -DCMAKE_BUILD_TYPE=RelWithDebInfo
    bench_quietly cmake --build "$bench_root/build-bench" --parallel "$(nproc)" --target "$1"
}

bench_python() {
    PROGRAM_UNDER_TEST=$bench_root/build/xorca "$bench_cache/venv/bin/python" "$@"
}

bench_quietly bench_prepare
