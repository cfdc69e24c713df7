"""How long a worker takes from its start to its first Fetch, and what it takes when idle.

Prints one JSON line. The moment of the first Fetch is told by librdkafka's own debugging
output, whose lines bear the time. The group has been used before, and the machine is warm:
a first worker, and the first of the starts, are not counted."""

import datetime
import json
import os
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from fleet import Failed, Fleet  # noqa: E402

STARTS = 11
IDLE_SECONDS = 10
TICKS = os.sysconf("SC_CLK_TCK")


def seconds_to_first_fetch(fleet, number):
    begun = time.time()
    worker = fleet.worker(name=f"start-{number}", wait=False, KAFKA_DEBUG="fetch",
                          LOG_LEVEL="debug")
    worker.wait_for("Fetch topic")
    line = next(line for line in worker.text().splitlines() if "Fetch topic" in line)
    worker.stop()
    stamp = line.split()[0].replace("Z", "+00:00")
    return datetime.datetime.fromisoformat(stamp).timestamp() - begun


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def measure_idle(fleet, lanes):
    worker = fleet.worker(name="idle")
    for number in range(lanes):
        worker.wait_for(f"lane live lane={number} ")
    pid = worker.process.pid
    before = cpu_seconds(pid)
    time.sleep(IDLE_SECONDS)
    result = (resident_mib(pid), (cpu_seconds(pid) - before) / IDLE_SECONDS)
    worker.stop()
    return result


def main(arguments):
    lanes = int(arguments[0])
    try:
        with Fleet(lanes=lanes, fsync="on") as fleet:
            warm = fleet.worker(name="warm")
            warm.wait_for("lane live")
            warm.stop()
            times = [seconds_to_first_fetch(fleet, number) for number in range(STARTS + 1)][1:]
            rss, cpu = measure_idle(fleet, lanes)
    except Failed as error:
        print(f"startup: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"lanes": lanes, "starts": STARTS,
                      "first_fetch_ms_median": round(statistics.median(times) * 1000, 1),
                      "first_fetch_ms_min": round(min(times) * 1000, 1),
                      "first_fetch_ms_max": round(max(times) * 1000, 1),
                      "idle_rss_mib": round(rss, 1),
                      "idle_cpu_ms_per_second": round(cpu * 1000, 1)}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
