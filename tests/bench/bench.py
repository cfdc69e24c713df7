"""book-summary orchestrations on a real Kafka and PostgreSQL with fsync: what each costs.

Prints one JSON line. CPU is user and system time of all processes of each part, read from
/proc before and after the timed run; `cpu_ms_each` is all of them together, load included,
by orchestration. Everything shares the machine."""

import json
import os
import pathlib
import sys
import time

from measure import checkpoint, cpu_seconds, memory_mib, postgres_pid
from fleet import EXAMPLE, Failed, Fleet, expect

# A throughput's settings: a Fetch waits up to 25 ms for 64 KiB, so that a busy broker answers
# few big ones. At low load that is 25 ms more for each hop.
FETCHING = {"KAFKA_FETCH_MIN_BYTES": 65536, "KAFKA_FETCH_WAIT_MAX_MS": 25}
WORKER = FETCHING | dict(pair.split("=", 1) for pair in os.environ.get("BENCH_WORKER", "").split())
HERE = pathlib.Path(__file__).resolve().parent


def load(fleet, name, count, in_flight):
    return fleet.start(name, "start", "book-summary", "--input", f"@{EXAMPLE}/input.json",
                       "--count", count, "--in-flight", in_flight, "--wait", "--timeout", 120,
                       "--json", **FETCHING)


def measure(fleet, worker, mock, count, in_flight):
    parts = {"worker": worker.process.pid,
             "postgres": postgres_pid(fleet),
             "broker": int(fleet.kafka.variables["XORCA_TEST_KAFKA_PID"]),
             "mock": mock.process.pid}
    before = {name: cpu_seconds(pid) for name, pid in parts.items()}
    begun = time.monotonic()
    program = load(fleet, "load", count, in_flight)
    # wait4 tells the load's own CPU when it ends.
    _, status, usage = os.wait4(program.process.pid, 0)
    program.process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - begun
    expect(program.process.returncode == 0, program.text()[-2000:])
    spent = {name: cpu_seconds(pid) - before[name] for name, pid in parts.items()}
    spent["load"] = usage.ru_utime + usage.ru_stime
    summary = json.loads(program.text().strip().splitlines()[-1])
    result = {"n": count, "seconds": round(seconds, 2), "per_second": round(count / seconds, 1),
              "cpu_ms_each": round(sum(spent.values()) * 1000 / count, 4)}
    result.update({f"cpu_ms_{name}": round(value * 1000 / count, 4)
                   for name, value in spent.items()})
    result["worker_rss_mib"] = round(memory_mib(worker.process.pid), 1)
    result["p50_ms"], result["p99_ms"] = summary["p50_ms"], summary["p99_ms"]
    result["completed"] = summary["completed"]
    return result


def main(arguments):
    try:
        count, in_flight = (int(argument) for argument in arguments)
    except ValueError:
        print("usage: tests/bench/run N CONCURRENCY", file=sys.stderr)
        return 2
    warm = int(os.environ.get("BENCH_WARM", "30000"))
    with Fleet(fsync="on", kafka_options=["--long-lived"]) as fleet:
        worker = fleet.worker(**WORKER)
        worker.wait_for("lane live")
        mock = fleet.start("mock", "mock", HERE / "services.json", **FETCHING)
        try:
            if warm:
                expect(load(fleet, "warm", warm, in_flight).process.wait(300) == 0, "warm-up")
            checkpoint(fleet)
            result = measure(fleet, worker, mock, count, in_flight)
        except Failed as error:
            print(f"bench: {error}\n{worker.text()[-2000:]}", file=sys.stderr)
            return 1
        worker.stop()
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
