"""The memory of a worker with many lanes under load.

What librdkafka has fetched ahead is apart: it grows to what XORCA_KAFKA_QUEUED_MAX_MESSAGES_KBYTES
allows each lane, as soon as a lane is behind. Here nothing is behind, as no more is in flight
than lanes take at once, so that these queues hold next to nothing."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from measure import await_lanes, memory_mib, tell  # noqa: E402
from bench import HERE, load  # noqa: E402
from fleet import Failed, Fleet, expect  # noqa: E402

IN_FLIGHT = 500
MIB_MAX = 30


def main(arguments):
    lanes, count = (int(argument) for argument in arguments)
    with Fleet(lanes=lanes, kafka_options=["--long-lived"]) as fleet:
        worker = fleet.worker()
        await_lanes(fleet, worker)
        pid = worker.process.pid
        idle = memory_mib(pid, "VmRSS")
        fleet.start("mock", "mock", HERE / "services.json")
        program = load(fleet, "load", count, IN_FLIGHT)
        expect(program.process.wait(600) == 0, program.text()[-2000:])
        most = memory_mib(pid, "VmHWM")
        result = {"lanes": lanes, "n": count, "in_flight": IN_FLIGHT,
                  "idle_mib": round(idle, 1), "most_mib": round(most, 1),
                  "of_files_mib": round(memory_mib(pid, "RssFile"), 1),
                  "own_mib": round(memory_mib(pid, "RssAnon"), 1)}
        return tell(result, f"at most {MIB_MAX} MiB", most <= MIB_MAX)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failure:
        sys.exit(f"memory: {failure}")
