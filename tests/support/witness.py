"""What the orchestrations of the book-summary example must have sent, and what they did.

A reader of another make (confluent-kafka, at read_committed) sees every command and
notification; PostgreSQL, asked by psql, says how often each orchestration tried. From that
the exact multiset and order of its outputs follows, whatever was killed meanwhile."""

import collections
import json

from fleet import attributes_of, expect

KINDS = ("lost", "repeated", "out of order")


class Verdict:
    """Faults by kind, with the first of each as an example."""

    def __init__(self):
        self.counts = collections.Counter()
        self.examples = {}

    def add(self, kind, count, example):
        if count > 0:
            self.counts[kind] += count
            self.examples.setdefault(kind, example)

    @property
    def is_clean(self):
        return not self.counts

    def __str__(self):
        text = ", ".join(f"{kind} {self.counts[kind]}" for kind in KINDS)
        return text + "".join(f"\n  first {kind}: {example}"
                              for kind, example in self.examples.items())


def expected_outputs(attempts):
    """By topic, what one orchestration sends when its summary passes at `attempts`."""
    return collections.Counter({"cmd.books.fetch": 1, "cmd.books.summarise": attempts,
                                "cmd.checks.grounded": attempts, "cmd.checks.compliant": attempts,
                                "notif.books.summarised": 1, "notif.xorca.book-summary": 2})


def outputs_by_subject(fleet, isolation="read_committed"):
    """For each subject and topic, (attributes, message) in the order of its partition."""
    by_subject = collections.defaultdict(lambda: collections.defaultdict(list))
    for message in fleet.read(r"(cmd|notif)\..*", isolation):
        attributes = attributes_of(message)
        expect(message.key().decode() == attributes["subject"], "key and subject differ")
        by_subject[attributes["subject"]][message.topic()].append((attributes, message))
    return by_subject


def without_repeats(topics):
    """As a reader sees them that recognises repeats by their ids."""
    return collections.defaultdict(list, {
        topic: list({attributes["id"]: (attributes, message)
                     for attributes, message in events}.values())
        for topic, events in topics.items()})


def judge_orchestration(verdict, subject, topics, attempts):
    wanted = expected_outputs(attempts)
    found = collections.Counter({topic: len(events) for topic, events in topics.items()})
    verdict.add("lost", (wanted - found).total(), f"{subject}: {dict(wanted - found)}")
    verdict.add("repeated", (found - wanted).total(), f"{subject}: {dict(found - wanted)}")
    ids = [attributes["id"] for events in topics.values() for attributes, _ in events]
    verdict.add("repeated", len(ids) - len(set(ids)), f"{subject}: an id twice")
    numbers = [json.loads(message.value())["attempt"]
               for _, message in topics["cmd.books.summarise"]]
    lifecycle = [attributes["type"].rsplit(".", 1)[1]
                 for attributes, _ in topics["notif.xorca.book-summary"]]
    sequence = [int(attributes["sequence"])
                for attributes, _ in topics["notif.xorca.book-summary"]]
    verdict.add("out of order", numbers != sorted(numbers), f"{subject}: attempts {numbers}")
    verdict.add("out of order", lifecycle != sorted(lifecycle, reverse=True)
                or sequence != sorted(sequence), f"{subject}: {lifecycle} {sequence}")


def judge(fleet, count, by_subject=None):
    """All `count` orchestrations of this fleet, each of which completed."""
    verdict = Verdict()
    by_subject = outputs_by_subject(fleet) if by_subject is None else by_subject
    rows = fleet.sql("SELECT subject, status, context ->> 'attempts' FROM xorca.orchestrations")
    verdict.add("lost", count - len(rows), f"{len(rows)} of {count} orchestrations are stored")
    verdict.add("repeated", len(rows) - count, f"{len(rows)} orchestrations are stored, not {count}")
    strangers = set(by_subject) - {subject for subject, _, _ in rows}
    verdict.add("repeated", len(strangers), f"nobody started {strangers}")
    for subject, status, attempts in rows:
        verdict.add("lost", status != "completed", f"{subject} is {status}")
        judge_orchestration(verdict, subject, by_subject[subject], int(attempts))
    return verdict
