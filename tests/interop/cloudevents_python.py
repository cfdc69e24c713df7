#!/usr/bin/env python3
"""CloudEvents of another language: Python's SDK reads all that we send, and what it writes,
in both modes, moves our orchestrations."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from cloudevents.core.bindings.kafka import (KafkaMessage, from_kafka, to_binary,  # noqa: E402
                                             to_structured)
from cloudevents.core.formats.json import JSONFormat  # noqa: E402
from cloudevents.core.v1.event import CloudEvent  # noqa: E402
from fleet import EXAMPLE, Fleet, expect, run_scenarios, subject_of, wait_until  # noqa: E402

FORMAT = JSONFormat()


def answer(subject, type_, data):
    return CloudEvent(attributes={"id": f"{type_}-{subject[-8:]}", "source": "/python",
                                  "type": type_, "specversion": "1.0", "subject": subject,
                                  "datacontenttype": "application/json"}, data=data)


def read_events(fleet, pattern):
    events = []
    for message in fleet.read(pattern):
        headers = {name: value for name, value in message.headers() or []}
        event = from_kafka(KafkaMessage(headers=headers, key=message.key(),
                                        value=message.value()), FORMAT, CloudEvent)
        events.append((event, message))
    return events


def one(fleet, topic, subject):
    def found():
        return [event for event, _ in read_events(fleet, topic.replace(".", "[.]"))
                if event.get_subject() == subject]
    events = wait_until(found, 20, f"an event on {topic} for {subject}")
    expect(len(events) == 1, f"{len(events)} events on {topic}")
    return events[0]


def send(fleet, event, encode):
    message = encode(event, FORMAT, key_mapper=lambda e: e.get_subject())
    headers = [(name, value) for name, value in message.headers.items() if value is not None]
    fleet.send(event.get_type(), message.value, key=message.key, headers=headers)


def data_of(event):
    data = event.get_data()
    return json.loads(data) if isinstance(data, (bytes, str)) else data


def conversation(fleet, mode, encode):
    """A whole orchestration whose services are written with Python's SDK."""
    process = f"python-{mode}"
    subject = subject_of(process)
    start = answer(subject, "xorca.book-summary.start",
                   {"processId": process, "context": {"bookId": "ä-λ-漢"}, "version": "1.0.0"})
    send(fleet, start, encode)
    fetch = one(fleet, "cmd.books.fetch", subject)
    expect(data_of(fetch) == {"bookId": "ä-λ-漢"}, f"data {fetch.get_data()}")
    expect(fetch.get_source() == "/orchestrations/book-summary/1.0.0", fetch.get_source())
    expect(fetch.get_extension("correlationid") == subject, "correlationid")
    expect(fetch.get_extension("causationid") == start.get_id(), "causationid")
    send(fleet, answer(subject, "evt.books.fetch.success", {"text": {"uri": "u"}}), encode)
    one(fleet, "cmd.books.summarise", subject)
    send(fleet, answer(subject, "evt.books.summarise.success", {"summary": "s"}), encode)
    one(fleet, "cmd.checks.grounded", subject)
    one(fleet, "cmd.checks.compliant", subject)
    send(fleet, answer(subject, "evt.checks.grounded.success", {"attempt": 1, "passed": True}), encode)
    send(fleet, answer(subject, "evt.checks.compliant.success", {"attempt": 1, "passed": True}), encode)
    done = one(fleet, "notif.books.summarised", subject)
    expect(data_of(done) == {"bookId": "ä-λ-漢", "summary": "s"}, f"data {done.get_data()}")


def all_that_we_send(fleet):
    """Every record of every output topic is an event to the SDK, with unique ids."""
    events = read_events(fleet, r"(cmd|notif)\..*")
    expect(len(events) >= 12, f"{len(events)} events")
    expect(len({event.get_id() for event, _ in events}) == len(events), "ids are unique")
    for event, message in events:
        expect(message.key().decode() == event.get_subject(), "the key is the subject")
        expect(event.get_time() is not None, "time is read")


def errors(fleet):
    """An error event is read by the SDK as well."""
    subject = subject_of("python-early")
    send(fleet, answer(subject, "evt.books.fetch.success", {}), to_binary)
    event = one(fleet, "xorca.orchestrator.book-summary.error", subject)
    expect(data_of(event)["errorName"], "it has a name")


def main():
    with Fleet(fsync="off") as fleet:
        fleet.worker()
        return run_scenarios(
            [("binary", lambda: conversation(fleet, "binary", to_binary)),
             ("structured", lambda: conversation(fleet, "structured", to_structured)),
             ("all-that-we-send", lambda: all_that_we_send(fleet)),
             ("errors", lambda: errors(fleet))], sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
