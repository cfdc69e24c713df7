#!/usr/bin/env python3
"""Every command once and in order, on a real Kafka and PostgreSQL with two workers.

2,000 orchestrations of the example on 4 partitions; then the same while one worker is
killed in the middle. A reader of another make, at read_committed, knows for each
orchestration which commands and notifications it must see, and in which order."""

import collections
import json
import signal
import sys
import time
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from fleet import (EXAMPLE, Failed, Fleet, attributes_of, expect, run_scenarios,  # noqa: E402
                   wait_until)

COUNT = 2000


def expected_commands(attempts):
    """What one orchestration of the example sends when its summary passes at `attempts`."""
    sent = [("cmd.books.fetch",)]
    for _ in range(attempts):
        sent += [("cmd.books.summarise",), ("cmd.checks.grounded", "cmd.checks.compliant")]
    return sent + [("notif.books.summarised",)]


def outputs_by_subject(fleet, isolation="read_committed"):
    """For each subject and topic, the events in the order of its partition."""
    by_subject = collections.defaultdict(lambda: collections.defaultdict(list))
    for message in fleet.read(r"(cmd|notif)\..*", isolation):
        attributes = attributes_of(message)
        expect(message.key().decode() == attributes["subject"], "key and subject differ")
        by_subject[attributes["subject"]][message.topic()].append((attributes, message))
    return by_subject


def check_one(subject, topics):
    """One orchestration: each command exactly once, ids unique, causes in order."""
    ids = [attributes["id"] for events in topics.values() for attributes, _ in events]
    expect(len(ids) == len(set(ids)), f"{subject}: an id twice")
    summaries = topics["cmd.books.summarise"]
    attempts = len(summaries)
    expect(1 <= attempts <= 3, f"{subject}: {attempts} summaries")
    numbers = [json.loads(message.value())["attempt"] for _, message in summaries]
    expect(numbers == list(range(1, attempts + 1)), f"{subject}: attempts in order {numbers}")
    wanted = collections.Counter(type_ for step in expected_commands(attempts) for type_ in step)
    found = collections.Counter({topic: len(events) for topic, events in topics.items()
                                 if not topic.startswith("notif.xorca.")})
    expect(found == wanted, f"{subject}: sent {dict(found)}, expected {dict(wanted)}")
    lifecycle = [attributes["type"].rsplit(".", 1)[1]
                 for attributes, _ in topics["notif.xorca.book-summary"]]
    expect(lifecycle == ["started", "completed"], f"{subject}: lifecycle {lifecycle}")
    sequence = [int(attributes["sequence"])
                for attributes, _ in topics["notif.xorca.book-summary"]]
    expect(sequence == sorted(set(sequence)), f"{subject}: sequence {sequence}")


def check_all(fleet, count):
    by_subject = outputs_by_subject(fleet)
    expect(len(by_subject) == count, f"{len(by_subject)} subjects, expected {count}")
    for subject, topics in by_subject.items():
        check_one(subject, topics)
    rows = fleet.sql("SELECT status, count(*) FROM xorca.orchestrations GROUP BY 1")
    expect(rows == [["completed", str(count)]], f"the database says {rows}")


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
        for subject, topics in outputs_by_subject(fleet).items():
            once = {topic: {attributes["id"]: (attributes, message)
                            for attributes, message in events}.values()
                    for topic, events in topics.items()}
            check_one(subject, collections.defaultdict(list, {topic: list(events) for topic, events
                                                              in once.items()}))


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
                            ("handed-over", handed_over), ("at-least-once", at_least_once)],
                           sys.argv[1:]))
