#!/usr/bin/env python3
"""Records that no service should send: each is answered by name, changes nothing, and does
not stop the lane. One fleet serves all scenarios; every one ends by running a good
orchestration through the same lanes."""

import json
import os
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from fleet import (EXAMPLE, Fleet, attributes_of, expect, headers_of, run_scenarios,  # noqa: E402
                   subject_of, wait_until)

EVENT = "evt.books.fetch.success"
BIG = 20 * 1024 * 1024


class Judge:
    """The running fleet and what every scenario asks of it."""

    def __init__(self, fleet):
        self.fleet = fleet

    def begin(self, process_id):
        """An orchestration that waits for its first answer: no service is running."""
        self.fleet.run("start", "book-summary", "--input", f"@{EXAMPLE}/input.json",
                       "--process-id", process_id)
        subject = subject_of(process_id)
        wait_until(lambda: self.row(subject), 15, f"{process_id} is begun")
        return subject

    def row(self, subject):
        rows = self.fleet.sql("SELECT revision, snapshot FROM xorca.orchestration "
                              f"WHERE subject = '{subject}'")
        return rows[0] if rows else None

    def find(self, topic, matches):
        return [message for message in self.fleet.read(topic) if matches(message)]

    def expect_dead_letter(self, marker, *words):
        """The dead letter of the record that carries this header, with these reasons."""
        letters = wait_until(
            lambda: self.find("xorca[.]dead",
                              lambda message: headers_of(message).get("marker") == marker),
            20, f"a dead letter for {marker}")
        expect(len(letters) == 1, f"{len(letters)} dead letters for {marker}")
        headers = headers_of(letters[0])
        for word in words:
            expect(word in headers["xorca-dead-letter-reason"],
                   f"{word!r} in the reason: {headers['xorca-dead-letter-reason']}")
        for name in ("topic", "partition", "offset"):
            expect(f"xorca-dead-letter-{name}" in headers, f"header {name}")
        return letters[0]

    def expect_error_event(self, topic, cause, *words):
        def is_it(message):
            return attributes_of(message).get("causationid") == cause
        events = wait_until(lambda: self.find(topic.replace(".", "[.]"), is_it), 20,
                            f"an event on {topic} caused by {cause}")
        expect(len(events) == 1, f"{len(events)} events on {topic}")
        data = json.loads(events[0].value())
        for word in words:
            expect(word in data["errorMessage"], f"{word!r} in {data['errorMessage']!r}")
        return events[0]

    def expect_alive(self, subject, before):
        """Nothing changed, and the lane goes on: a good answer moves it."""
        expect(self.row(subject) == before, "the orchestration is as it was")
        self.fleet.send_event(EVENT, subject, {"text": {"uri": "x"}})
        wait_until(lambda: self.row(subject)[0] != before[0], 15, "the lane goes on")


def raw(judge, name, value, headers, *words, key=None, subject=None):
    """A record that becomes a dead letter, on the partition of a waiting orchestration."""
    subject = subject or judge.begin(name)
    before = judge.row(subject)
    judge.fleet.send(EVENT, value, key=(key if key is not None else subject),
                     headers=[("marker", name.encode()), *headers])
    letter = judge.expect_dead_letter(name, *words)
    judge.expect_alive(subject, before)
    return letter


def binary(subject, /, **changes):
    attributes = {"specversion": b"1.0", "id": os.urandom(8).hex().encode(), "source": b"/test",
                  "type": EVENT.encode(), "subject": subject.encode(), **changes}
    return [(f"ce_{name}", value) for name, value in attributes.items() if value is not None]


def no_subject(judge):
    subject = judge.begin("no-subject")
    letter = raw(judge, "no-subject", b"{}", binary(subject, subject=None), "subject",
                 subject=subject)
    expect(letter.value() == b"{}", "the bytes are kept")
    expect(letter.key() == subject.encode(), "the key is kept")


def empty_value(judge):
    subject = judge.begin("empty-value")
    raw(judge, "empty-value", b"", [("content-type", b"application/cloudevents+json")], "value",
        subject=subject)


def broken_utf8(judge):
    subject = judge.begin("broken-utf8")
    raw(judge, "broken-utf8", b'{"text":"\xff\xfe"}', binary(subject), "UTF-8", subject=subject)


def broken_utf8_header(judge):
    subject = judge.begin("broken-utf8-header")
    raw(judge, "broken-utf8-header", b"{}", binary(subject, id=b"\xc3\x28"), "ce_id", "UTF-8",
        subject=subject)


def too_big(judge):
    subject = judge.begin("too-big")
    value = json.dumps({"text": "x" * BIG}).encode()
    letter = raw(judge, "too-big", value, binary(subject), str(1024 * 1024), subject=subject)
    expect(headers_of(letter)["xorca-dead-letter-size"] == str(len(value)), "its size is told")
    expect(value.startswith(letter.value()), "its beginning is kept")


def cut_short(judge):
    subject = judge.begin("cut-short")
    event = json.dumps({"specversion": "1.0", "id": "1", "source": "/test", "type": EVENT,
                        "subject": subject, "data": {}}).encode()
    raw(judge, "cut-short", event[:len(event) // 2],
        [("content-type", b"application/cloudevents+json")], "value: line 1", subject=subject)


def deep(judge):
    subject = judge.begin("deep")
    raw(judge, "deep", b"[" * 10_000 + b"]" * 10_000, binary(subject), "128", subject=subject)


def nul_in_data(judge):
    """U+0000 is JSON, but not jsonb."""
    subject = judge.begin("nul")
    raw(judge, "nul", b'{"text":"a\\u0000b"}', binary(subject), "U+0000", subject=subject)


def foreign_type(judge):
    subject = judge.begin("foreign-type")
    raw(judge, "foreign-type", b"{}", binary(subject, type=b"something.else"), "something.else",
        subject=subject)


def no_orchestration(judge):
    subject = judge.begin("no-orchestration")
    raw(judge, "no-orchestration", b"{}", binary(subject, subject=b"order-42"), "subject",
        subject=subject)


def no_cloudevent(judge):
    subject = judge.begin("no-cloudevent")
    raw(judge, "no-cloudevent", b"{}", [], "ce_specversion", subject=subject)


def unhandled_type(judge):
    """An event that the machine does not wait for here: ignored, and the log says why."""
    subject = judge.begin("unhandled")
    before = judge.row(subject)
    id_ = judge.fleet.send_event("evt.checks.grounded.success", subject, {"passed": True})
    judge.fleet.programs[0].wait_for(f"event={id_}")
    line = next(line for line in judge.fleet.programs[0].text().splitlines() if id_ in line)
    expect("event ignored" in line and "evt.checks.grounded.success" in line, line)
    judge.expect_alive(subject, before)


def event_repeated(judge):
    """The same source and id again, as another record: it was taken before, and the log says so."""
    subject = judge.begin("event-repeated")
    value = json.dumps({"text": {"uri": "x"}}).encode()
    headers = binary(subject, id=b"sent-twice")
    before = judge.row(subject)
    judge.fleet.send(EVENT, value, key=subject, headers=headers)
    wait_until(lambda: judge.row(subject)[0] != before[0], 15, "it is taken")
    taken = judge.row(subject)
    judge.fleet.send(EVENT, value, key=subject, headers=headers)
    judge.fleet.programs[0].wait_for("event repeated")
    line = next(line for line in judge.fleet.programs[0].text().splitlines()
                if "event repeated" in line)
    expect("event=sent-twice" in line and subject in line, line)
    expect(judge.row(subject) == taken, "nothing changed")


def unknown_version(judge):
    subject = judge.begin("unknown-version")
    before = judge.row(subject)
    id_ = judge.fleet.send_event(EVENT, subject_of("unknown-version", version="9.9.9"), {},
                                 key=subject)
    judge.expect_error_event("xorca.orchestrator.book-summary.error", id_, "9.9.9", "1.0.0")
    judge.expect_alive(subject, before)


def start_unknown_version(judge):
    id_ = judge.fleet.send_event("xorca.book-summary.start", "init",
                                 {"processId": "v9", "context": {}, "version": "9.9.9"})
    judge.expect_error_event("xorca.book-summary.start.error", id_, "9.9.9", "1.0.0")
    expect(judge.row(subject_of("v9", version="9.9.9")) is None, "nothing is stored")


def start_bad_data(judge):
    id_ = judge.fleet.send_event("xorca.book-summary.start", "init", {"context": {}})
    judge.expect_error_event("sys.xorca.book-summary.start.error", id_, "processId")


def start_repeated(judge):
    subject = judge.begin("repeated")
    before = judge.row(subject)
    id_ = judge.fleet.send_event("xorca.book-summary.start", "init",
                                 {"processId": "repeated", "context": {"bookId": "b"}})
    judge.expect_error_event("xorca.book-summary.start.error", id_, "repeated")
    judge.expect_alive(subject, before)


def event_before_start(judge):
    subject = subject_of("early")
    id_ = judge.fleet.send_event(EVENT, subject, {})
    judge.expect_error_event("xorca.orchestrator.book-summary.error", id_, "not")
    expect(judge.row(subject) is None, "nothing is stored")
    judge.begin("early")


def failing_step(judge):
    """An answer without what an action reads: the step fails, and changes nothing."""
    subject = judge.begin("failing-step")
    before = judge.row(subject)
    id_ = judge.fleet.send_event(EVENT, subject, {"other": 1})
    event = judge.expect_error_event("xorca.orchestrator.book-summary.error", id_, "text")
    expect(attributes_of(event)["subject"] == subject, "the error is the orchestration's")
    judge.expect_alive(subject, before)


def wrong_partition(judge):
    """An event on a partition that is not its subject's is passed on to where it belongs."""
    subject = judge.begin("wrong-partition")
    before = judge.row(subject)
    value = json.dumps({"text": {"uri": "x"}}).encode()
    for partition in range(judge.fleet.lanes):
        judge.fleet.send(EVENT, value, key=subject, partition=partition,
                         headers=binary(subject, id=str(partition).encode()))
    wait_until(lambda: judge.row(subject)[0] != before[0], 15, "it arrives")
    commands = judge.find("cmd[.]books[.]summarise",
                          lambda message: attributes_of(message)["subject"] == subject)
    expect(len(commands) == 1, f"{len(commands)} commands")


def main():
    scenarios = [no_subject, empty_value, broken_utf8, broken_utf8_header, too_big, cut_short,
                 deep, nul_in_data, foreign_type, no_orchestration, no_cloudevent, unhandled_type,
                 event_repeated, unknown_version, start_unknown_version, start_bad_data, start_repeated,
                 event_before_start, failing_step, wrong_partition]
    with Fleet(fsync="off") as fleet:
        fleet.worker()
        # A topic that lets 20 MiB through, as an operator may have set it.
        kafka_set_max_message_bytes(fleet, EVENT, 32 * 1024 * 1024)
        judge = Judge(fleet)
        return run_scenarios([(scenario.__name__.replace("_", "-"),
                               lambda scenario=scenario: scenario(judge))
                              for scenario in scenarios], sys.argv[1:])


def kafka_set_max_message_bytes(fleet, topic, size):
    from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry,
                                       ConfigResource)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    resource.add_incremental_config(ConfigEntry(
        "max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET))
    admin = AdminClient({"bootstrap.servers": fleet.bootstrap})
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(20)


if __name__ == "__main__":
    sys.exit(main())
