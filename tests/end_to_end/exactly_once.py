#!/usr/bin/env python3
"""Every command once and in order, on a real Kafka and PostgreSQL with two workers.

2,000 orchestrations of the example on 4 partitions; then the same while one worker is
killed in the middle. tests/support/witness.py knows for each orchestration which commands
and notifications must be seen, and in which order."""

import re
import signal
import sys
import time
import pathlib

from confluent_kafka.admin import AdminClient, NewPartitions

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from fleet import EXAMPLE, Fleet, expect, run_scenarios, wait_until  # noqa: E402
from witness import judge, outputs_by_subject, without_repeats  # noqa: E402

COUNT = 2000


def check_all(fleet, count):
    verdict = judge(fleet, count)
    expect(verdict.is_clean, str(verdict))


def load(fleet, count, in_flight=200):
    return fleet.start("load", "start", "book-summary", "--input", f"@{EXAMPLE}/input.json",
                       "--count", count, "--in-flight", in_flight, "--wait", "--timeout", 120)


def finish(program, seconds=180):
    program.process.wait(seconds)
    expect(program.process.returncode == 0,
           f"xorca start ended with {program.process.returncode}: {program.text()[-2000:]}")


def exactly_once():
    with Fleet() as fleet:
        workers = [fleet.worker(f"worker-{number}") for number in (1, 2)]
        fleet.mock()
        finish(load(fleet, COUNT))
        check_all(fleet, COUNT)
        both = [worker for worker in workers if "lane live" in worker.text()]
        expect(len(both) == 2, "both workers had lanes")
        for worker in workers:
            expect(worker.stop() == 0, f"{worker.name} drains and ends with 0")


def killed_worker():
    with Fleet() as fleet:
        workers = [fleet.worker(f"worker-{number}") for number in (1, 2)]
        fleet.mock()
        program = load(fleet, COUNT)
        wait_until(lambda: int(fleet.sql("SELECT count(*) FROM xorca.orchestration "
                                         "WHERE status = 1")[0][0]) >= COUNT // 4,
                   90, "a quarter of them completed")
        workers[0].kill(signal.SIGKILL)
        finish(program)
        check_all(fleet, COUNT)
        expect(workers[1].stop() == 0, "the one that lived drains and ends with 0")


def add_partitions(fleet, pattern, count):
    admin = AdminClient({"bootstrap.servers": fleet.bootstrap})
    wanted = [NewPartitions(name, count) for name in fleet.topics() if re.fullmatch(pattern, name)]
    for future in admin.create_partitions(wanted).values():
        future.result(20)


def grown():
    """Partitions are added under load: subjects move to other lanes, in order, once each."""
    with Fleet() as fleet:
        # Seen soon, not within the default of ten seconds: the load would be over by then.
        soon = {"KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS": 500}
        workers = [fleet.worker(f"worker-{number}", **soon) for number in (1, 2)]
        fleet.mock()
        for worker in workers:
            worker.wait_for("lane live")
        program = load(fleet, COUNT)
        add_partitions(fleet, r"evt\..*|sys\..*|xorca\..*\.start|xorca\.outbox-pos", 8)
        finish(program)
        check_all(fleet, COUNT)
        for worker in workers:
            expect("lanes were added" in worker.text(), f"{worker.name} saw the new lanes")
        lanes = fleet.sql("SELECT count(DISTINCT lane) FROM xorca.journal")
        expect(lanes == [["8"]], f"{lanes} lanes did something")


def at_least_once():
    """The other delivery: nothing lost; what repeats carries the same id."""
    with Fleet() as fleet:
        worker = fleet.worker(DELIVERY="at-least-once")
        fleet.mock()
        program = load(fleet, 300)
        time.sleep(1)
        worker.kill(signal.SIGKILL)
        fleet.worker("worker-2", DELIVERY="at-least-once")
        finish(program)
        seen = {subject: without_repeats(topics)
                for subject, topics in outputs_by_subject(fleet).items()}
        verdict = judge(fleet, 300, seen)
        expect(verdict.is_clean, str(verdict))


def handed_over():
    """A second worker joins, the first leaves by SIGTERM: nothing lost, nothing twice."""
    with Fleet() as fleet:
        first = fleet.worker("worker-1")
        fleet.mock()
        program = load(fleet, COUNT // 2)
        time.sleep(1)
        second = fleet.worker("worker-2")
        second.wait_for("lane live")
        expect(first.stop() == 0, "it drains and ends with 0")
        expect("worker stopped" in first.text(), "and says so")
        finish(program)
        check_all(fleet, COUNT // 2)


if __name__ == "__main__":
    sys.exit(run_scenarios([("exactly-once", exactly_once), ("killed-worker", killed_worker),
                            ("handed-over", handed_over), ("grown", grown), ("at-least-once", at_least_once)],
                           sys.argv[1:]))
