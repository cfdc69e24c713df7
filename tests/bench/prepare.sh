# Sourced by the benchmarks: installs what they need, builds the program, and sets
# `bench_python` to run a script of theirs with. Quiet unless something fails.
bench_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bench_cache=${XDG_CACHE_HOME:-$HOME/.cache}/xorca-tests
"$bench_root/deploy/install-dependencies" tests >&2
bench_log=$(mktemp)
{
    [ -f "$bench_root/build/CMakeCache.txt" ] ||
        cmake -S "$bench_root" -B "$bench_root/build" -DXORCA_TESTS=OFF
    cmake --build "$bench_root/build" --parallel "$(nproc)" --target xorca
    [ -x "$bench_cache/venv/bin/python" ] || python3 -m venv "$bench_cache/venv"
    "$bench_cache/venv/bin/pip" install --quiet --disable-pip-version-check \
        -r "$bench_root/tests/requirements.txt"
} >"$bench_log" 2>&1 || {
    tail -n 30 "$bench_log" >&2
    rm -f "$bench_log"
    exit 1
}
rm -f "$bench_log"
bench_python() {
    PROGRAM_UNDER_TEST=$bench_root/build/xorca "$bench_cache/venv/bin/python" "$@"
}
