"""How long a lane stands still when its worker leaves or dies.

Two workers under a steady load; one of them gets a signal. The journal says when each lane
committed: the gap of a lane is from the signal to the first batch of its new owner, by
PostgreSQL's clock. What the group's session timeout adds to a death is subtracted in
`beyond_session_ms`."""

import json
import pathlib
import signal
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from fleet import EXAMPLE, Failed, Fleet, wait_until  # noqa: E402

SESSION_MS = 6000
SETTINGS = {"KAFKA_SESSION_TIMEOUT_MS": SESSION_MS}


def lanes_of(fleet, worker):
    """The lanes whose sessions this worker has open."""
    lines = [line for line in worker.text().splitlines() if "lane live" in line]
    return {int(line.split("lane=")[1].split()[0]) for line in lines}


def now(fleet):
    return float(fleet.sql("SELECT extract(epoch FROM clock_timestamp())")[0][0])


def first_commits(fleet, lanes, since):
    rows = fleet.sql("SELECT lane, min(extract(epoch FROM at)) FROM xorca.journal "
                     f"WHERE at > to_timestamp({since}) GROUP BY lane")
    found = {int(lane): float(at) for lane, at in rows}
    return {lane: found[lane] - since for lane in lanes} if lanes <= set(found) else None


def one_round(fleet, number, ending):
    """Milliseconds that each lane of the worker which left stood still."""
    staying = fleet.worker(f"staying-{number}", **SETTINGS)
    staying.wait_for("lane live")
    leaving = fleet.worker(f"leaving-{number}", **SETTINGS)
    leaving.wait_for("lane live")
    time.sleep(3)
    lanes = lanes_of(fleet, leaving)
    at = now(fleet)
    leaving.kill(ending)
    gaps = wait_until(lambda: first_commits(fleet, lanes, at + 0.05), 30, "all lanes go on")
    staying.stop()
    leaving.process.wait(20)
    return [1000 * (gap + 0.05) for gap in gaps.values()]


def measure(fleet, rounds, name, ending, waited_ms):
    gaps = [gap for number in range(rounds)
            for gap in one_round(fleet, f"{name}-{number}", ending)]
    print(json.dumps({"ending": name, "session_timeout_ms": SESSION_MS, "lanes": len(gaps),
                      "still_ms_median": round(statistics.median(gaps)),
                      "still_ms_max": round(max(gaps)),
                      "beyond_session_ms_max": round(max(gaps) - waited_ms)}), flush=True)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with Fleet() as fleet:
        fleet.mock()
        fleet.worker("first").stop()
        fleet.start("load", "start", "book-summary", "--input", f"@{EXAMPLE}/input.json",
                    "--count", 1_000_000, "--in-flight", 100)
        measure(fleet, rounds, "SIGTERM", signal.SIGTERM, 0)
        measure(fleet, rounds, "SIGKILL", signal.SIGKILL, SESSION_MS)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"takeover: {failure}")
