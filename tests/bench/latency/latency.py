"""From an event that the broker has to its command that can be read, one at a time.

A lane and a program that only passes records on (latency_bench.c) stand beside each other on
the same broker, each with topics of its own, and are asked by turns. Prints a JSON line for
each way to deliver and each pause between two events."""

import contextlib
import json
import pathlib
import statistics
import subprocess
import sys

from confluent_kafka.admin import AdminClient, NewTopic

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from measure import COMMAND, DEFINITIONS, EVENT, PROGRAMS, begin_asking, tell  # noqa: E402
from fleet import Failed, Fleet  # noqa: E402

BENCH = PROGRAMS / "latency" / "latency_bench"
BARE = ("bench.from", "bench.to")
# After an answer the next event follows at once, or when all has come to rest.
PAUSES_MS = (0, 100)
WARM_COUNT = 300  # of each: the broker's JVM compiles itself meanwhile
TIMES_BARE_MAX = 1.5
AT_LEAST_ONCE_MS_MAX = 8


def create_topics(fleet, names):
    admin = AdminClient({"bootstrap.servers": fleet.bootstrap})
    for future in admin.create_topics([NewTopic(name, 1, 1) for name in names]).values():
        future.result(20)


@contextlib.contextmanager
def forwarder(fleet, delivery):
    process = subprocess.Popen([BENCH, "forward", fleet.bootstrap, *BARE, delivery],
                               stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout.readline() != "ready\n":
            raise Failed("the forwarder is not ready")
        yield
    finally:
        process.kill()
        process.wait()


def probe(fleet, subject, count, pause_ms):
    """Milliseconds of the lane, and of the bare program."""
    result = subprocess.run([BENCH, "probe", fleet.bootstrap, subject, str(count), str(pause_ms),
                             EVENT, COMMAND, *BARE], stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line)["ms"] for line in result.stdout.splitlines()]


def summary(times):
    ordered = sorted(times)
    return {"p50_ms": round(statistics.median(ordered), 2),
            "p90_ms": round(ordered[len(ordered) * 9 // 10], 2)}


def is_met(delivery, lane, bare):
    if delivery == "at-least-once":
        return lane["p50_ms"] <= AT_LEAST_ONCE_MS_MAX
    return lane["p50_ms"] <= TIMES_BARE_MAX * bare["p50_ms"]


def measure(fleet, subject, count, delivery):
    """How many demands were missed."""
    demand = {"exactly-once": f"at most {TIMES_BARE_MAX} times the bare program's median",
              "at-least-once": f"a median of at most {AT_LEAST_ONCE_MS_MAX} ms"}[delivery]
    worker = fleet.worker(f"worker-{delivery}", DEFINITIONS=DEFINITIONS, DELIVERY=delivery)
    worker.wait_for("lane live")
    missed = 0
    with forwarder(fleet, delivery):
        probe(fleet, subject, WARM_COUNT, 0)
        for pause_ms in PAUSES_MS:
            lane, bare = map(summary, probe(fleet, subject, count, pause_ms))
            result = {"delivery": delivery, "pause_ms": pause_ms, "lane": lane, "bare": bare,
                      "times_bare": round(lane["p50_ms"] / bare["p50_ms"], 2)}
            missed += tell(result, demand, is_met(delivery, lane, bare))
    worker.stop()
    return missed


def main(arguments):
    count = int(arguments[0])
    with Fleet(lanes=1, topics=False, kafka_options=["--long-lived"]) as fleet:
        fleet.run("topics", DEFINITIONS, "--create", "--partitions", 1)
        create_topics(fleet, BARE)
        worker = fleet.worker("first", DEFINITIONS=DEFINITIONS)
        [subject] = begin_asking(fleet, 1)
        worker.stop()
        missed = sum(measure(fleet, subject, count, delivery)
                     for delivery in ("exactly-once", "at-least-once"))
    return 1 if missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failure:
        sys.exit(f"latency: {failure}")
