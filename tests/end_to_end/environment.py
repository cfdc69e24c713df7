#!/usr/bin/env python3
"""What a cluster does to a worker: servers that are away, wrong passwords, missing and
unequal topics, full disks, signals. The worker waits, says so once, and goes on by itself;
or it ends with a sentence that says what to mend."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from fleet import (EXAMPLE, PROGRAM, Fleet, expect, run_scenarios, subject_of,  # noqa: E402
                   wait_until)


def completes(fleet, count=20, seconds=60):
    fleet.run("start", "book-summary", "--input", f"@{EXAMPLE}/input.json", "--count", count,
              "--in-flight", count, "--wait", "--timeout", seconds, seconds=seconds + 30)


def lines_with(program, words):
    return [line for line in program.text().splitlines() if words in line]


def kafka_away_at_start():
    with Fleet(fsync="off") as fleet:
        fleet.kafka.run("stop")
        worker = fleet.worker(wait=False)
        worker.wait_for("Kafka is away")
        time.sleep(3)
        expect(len(lines_with(worker, "Kafka is away")) == 1, "said once")
        fleet.kafka.start()
        worker.wait_for("lane live", 60)
        fleet.mock()
        completes(fleet)
        expect(worker.stop() == 0, "it drains")


def kafka_away_in_the_middle():
    with Fleet(fsync="off") as fleet:
        worker = fleet.worker()
        worker.wait_for("lane live")
        fleet.mock()
        completes(fleet)
        fleet.kafka.run("kill")
        worker.wait_for("Kafka is away", 60)
        fleet.kafka.start()
        completes(fleet, seconds=120)
        expect(len(lines_with(worker, "Kafka is away")) == 1, "said once")
        expect(worker.stop() == 0, "it drains")


def postgres_away_at_start():
    with Fleet(fsync="off") as fleet:
        fleet.postgres.run("stop")
        worker = fleet.worker(wait=False)
        worker.wait_for("PostgreSQL is away")
        time.sleep(3)
        expect(len(lines_with(worker, "PostgreSQL is away")) == 1, "said once")
        restart_postgres(fleet)
        worker.wait_for("lane live", 60)
        fleet.mock()
        completes(fleet)
        expect(worker.stop() == 0, "it drains")


def postgres_away_in_the_middle():
    with Fleet(fsync="off") as fleet:
        worker = fleet.worker()
        worker.wait_for("lane live")
        fleet.mock()
        completes(fleet)
        fleet.postgres.run("stop")
        wait_until(lambda: lines_with(worker, "lane waits"), 30, "the lanes say that they wait")
        time.sleep(3)
        for lane in range(fleet.lanes):
            said = [line for line in lines_with(worker, "lane waits") if f"lane={lane} " in line]
            expect(len(said) <= 3, f"lane {lane} repeats itself: {said}")
        restart_postgres(fleet)
        completes(fleet, seconds=120)
        expect(worker.stop() == 0, "it drains")


def restart_postgres(fleet):
    """The same cluster on the same port, by the server itself."""
    port = fleet.database_url.rsplit(":", 1)[1].split("/")[0]
    bin_ = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    folder = fleet.postgres.folder
    user = [] if os.geteuid() else ["setpriv", "--reuid=postgres", "--regid=postgres",
                                    "--clear-groups", "--"]
    process = subprocess.Popen([*user, bin_ / "postgres", "-D", folder / "data", "-p", port, "-c",
                                "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c",
                                f"unix_socket_directories={folder}"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    fleet.callback(lambda: (process.send_signal(signal.SIGINT), process.wait(20)))
    wait_until(lambda: subprocess.run([bin_ / "pg_isready", "-q", "-h", "127.0.0.1", "-p", port],
                                      check=False).returncode == 0, 20, "PostgreSQL answers")


def wrong_password():
    with Fleet(fsync="off") as fleet:
        url = fleet.database_url.replace("xorca:", "xorca:wrong-", 1)
        worker = fleet.worker(wait=False, DATABASE_URL=url)
        expect(worker.process.wait(20) == 1, "it ends with status 1")
        expect("password authentication failed" in worker.text(), worker.text())
        expect("wrong-" not in worker.text(), "the password is not told")


def not_migrated():
    with Fleet(fsync="off", migrate=False) as fleet:
        worker = fleet.worker(wait=False)
        expect(worker.process.wait(20) == 1, "it ends with status 1")
        expect("xorca migrate" in worker.text(), worker.text())


def missing_topic():
    with Fleet(fsync="off", topics=False) as fleet:
        fleet.run("topics", EXAMPLE, "--create", "--partitions", fleet.lanes)
        delete_topics(fleet, ["xorca.outbox-pos", "cmd.books.fetch"])
        worker = fleet.worker()
        worker.wait_for("xorca topics --create")
        expect("xorca.outbox-pos" in worker.text(), "the topic is named")
        create_topic(fleet, "xorca.outbox-pos", fleet.lanes)
        worker.wait_for("lane live", 60)
        fleet.run("start", "book-summary", "--input", f"@{EXAMPLE}/input.json",
                  "--process-id", "p")
        worker.wait_for("cmd.books.fetch", 60)
        expect("topics --create" in lines_with(worker, "cmd.books.fetch")[0],
               lines_with(worker, "cmd.books.fetch")[0])
        fleet.run("topics", EXAMPLE, "--create", "--partitions", fleet.lanes)
        wait_until(lambda: fleet.read("cmd[.]books[.]fetch"), 60, "the command arrives after all")


def unequal_partitions():
    with Fleet(fsync="off", topics=False) as fleet:
        create_topic(fleet, "evt.books.fetch.success", 3)
        fleet.run("topics", EXAMPLE, "--create", "--partitions", fleet.lanes, check=False)
        worker = fleet.worker()
        worker.wait_for("lanes need equal counts")
        expect("evt.books.fetch.success" in worker.text(), "the topic is named")
        expect(not lines_with(worker, "lane live"), "no lane is begun")
        shown = fleet.run("topics", EXAMPLE, check=False)
        expect(shown.returncode == 1 and "unequal" in shown.stdout, shown.stdout)


def delete_topics(fleet, names):
    from confluent_kafka.admin import AdminClient
    admin = AdminClient({"bootstrap.servers": fleet.bootstrap})
    for future in admin.delete_topics(names).values():
        future.result(20)
    wait_until(lambda: not set(names) & set(fleet.topics()), 20, "they are gone")


def create_topic(fleet, name, partitions):
    from confluent_kafka.admin import AdminClient, NewTopic
    admin = AdminClient({"bootstrap.servers": fleet.bootstrap})
    for future in admin.create_topics([NewTopic(name, partitions, 1)]).values():
        future.result(20)


def timers():
    """A service that never answers: the deadline fires, once, also after a restart."""
    with Fleet(fsync="off") as fleet:
        text = (EXAMPLE / "book-summary.json").read_text().replace('"30s"', '"3s"')
        folder = fleet.folder / "definitions"
        folder.mkdir()
        (folder / "book-summary.json").write_text(text)
        worker = fleet.worker("worker-1", DEFINITIONS=folder)
        fleet.run("start", "book-summary", "--input", f"@{EXAMPLE}/input.json", "--process-id", "a")
        state = f"SELECT state FROM xorca.orchestrations WHERE subject = '{subject_of('a')}'"
        wait_until(lambda: fleet.sql(state) == [['"fetching"']], 20, "it waits")
        expect(worker.stop() == 0, "it drains")
        time.sleep(3)
        fleet.worker("worker-2", DEFINITIONS=folder)
        wait_until(lambda: fleet.sql(state) == [['"failed"']], 20, "the deadline fires")
        wait_until(lambda: len(fleet.read("notif[.]books[.]failed")) == 1, 20, "it is told")


def changed_definition():
    """The same version with other content is refused, and nothing is registered."""
    with Fleet(fsync="off") as fleet:
        expect(fleet.worker().stop() == 0, "the first registers it")
        folder = fleet.folder / "changed"
        folder.mkdir()
        text = (EXAMPLE / "book-summary.json").read_text().replace('"30s"', '"31s"')
        (folder / "book-summary.json").write_text(text)
        worker = fleet.worker("worker-2", wait=False, DEFINITIONS=folder)
        expect(worker.process.wait(20) != 0, "it ends")
        expect("other content" in worker.text() or "different" in worker.text(), worker.text())


def kept_name():
    """A worker that is back under its name within its session has its lanes again, and the
    other hears nothing of it."""
    with Fleet(fsync="off") as fleet:
        session = {"KAFKA_SESSION_TIMEOUT_MS": 45000}
        first = fleet.worker("worker-1", KAFKA_GROUP_INSTANCE_ID="a", **session)
        first.wait_for("lane live", 60)
        second = fleet.worker("worker-2", KAFKA_GROUP_INSTANCE_ID="b", **session)
        second.wait_for("lane live", 60)
        wait_until(lambda: "lanes=2 " in (lines_with(first, "lanes assigned") or [""])[-1], 60,
                   "each has half of the lanes")
        expect(first.stop() == 0, "it drains")
        held = sorted(re.findall(r"lane drained.*lane=(\d+)",
                                 first.text().split("worker draining")[1]))
        before = second.text()
        again = fleet.worker("worker-1-again", KAFKA_GROUP_INSTANCE_ID="a", **session)
        wait_until(lambda: len(lines_with(again, "lane live")) == 2, 60, "its lanes are live")
        expect(sorted(re.findall(r"lane live.*lane=(\d+)", again.text())) == held,
               f"they are the same, {held}:\n{again.text()}")
        fleet.mock()
        completes(fleet)
        expect(len(lines_with(second, "lanes assigned")) == before.count("lanes assigned")
               and len(lines_with(second, "lanes revoked")) == before.count("lanes revoked"),
               second.text())


def one_name_twice():
    """The earlier one is told which setting to mend, and ends; the later one goes on."""
    with Fleet(fsync="off") as fleet:
        first = fleet.worker("worker-1", KAFKA_GROUP_INSTANCE_ID="a")
        first.wait_for("lane live", 60)
        second = fleet.worker("worker-2", KAFKA_GROUP_INSTANCE_ID="a")
        expect(first.process.wait(60) == 1, "it ends with status 1")
        expect("FENCED_INSTANCE_ID" in first.text()
               and "XORCA_KAFKA_GROUP_INSTANCE_ID" in first.text(), first.text()[-2000:])
        second.wait_for("lane live", 60)
        fleet.mock()
        completes(fleet)


def second_signal():
    """SIGTERM drains within its limit; a second one ends at once."""
    with Fleet(fsync="off") as fleet:
        worker = fleet.worker(DRAIN_TIMEOUT_MS=1500)
        worker.wait_for("lane live")
        fleet.kafka.run("kill")
        fleet.mock()
        begun = time.monotonic()
        worker.kill(signal.SIGTERM)
        worker.wait_for("worker draining")
        worker.process.wait(15)
        expect(time.monotonic() - begun < 15, "the limit holds with the broker away")
        again = fleet.worker("again", wait=False, DRAIN_TIMEOUT_MS=60000)
        again.wait_for("Kafka is away")
        again.kill(signal.SIGTERM)
        again.kill(signal.SIGTERM)
        again.process.wait(5)


def full_disk():
    """The private cluster of `xorca dev` on a disk that is full: PostgreSQL's own words."""
    folder = tempfile.mkdtemp(prefix="xorca-full-")
    os.chmod(folder, 0o755)
    command = (f'mount -t tmpfs -o size=4m,mode=1777 tmpfs "{folder}" && '
               f'TMPDIR="{folder}" exec "{PROGRAM}" dev "{EXAMPLE}" --start 1')
    unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        # In a chroot the root is no mount whose propagation could be changed.
        unshare += ["--propagation", "unchanged"]
    try:
        result = subprocess.run([*unshare, "bash", "-c", command], capture_output=True, text=True,
                                timeout=60, stdin=subprocess.DEVNULL, check=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    expect(result.returncode == 1, f"status {result.returncode}: {result.stderr}")
    expect("private PostgreSQL" in result.stderr, result.stderr)
    expect("No space left on device" in result.stderr, result.stderr)


def dev():
    """A developer's whole environment, to its end; and nothing of it is left."""
    for example in sorted(EXAMPLE.parent.iterdir()):
        if (example / "services.json").exists():
            dev_of(example)


def dev_of(example):
    result = subprocess.run([PROGRAM, "dev", example, "--start", "20"], capture_output=True,
                            text=True, timeout=120, stdin=subprocess.DEVNULL, check=False)
    expect(result.returncode == 0, result.stdout[-2000:] + result.stderr)
    expect("20 completed, 0 failed, 0 not finished" in result.stdout, result.stdout[-2000:])
    logs = next(line.split()[1] for line in result.stdout.splitlines() if " logs " in line)
    expect(not pathlib.Path(logs).exists(), f"{logs} is removed")
    expect(not running_below(logs), "no process is left")


def picture():
    """The path of one orchestration, marked in the picture of its definition."""
    with Fleet(fsync="off") as fleet:
        definition = next(EXAMPLE.glob("*.test.json")).name.replace(".test", "")
        fleet.worker().wait_for("lane live")
        fleet.mock()
        fleet.run("start", "book-summary", "--input", f"@{EXAMPLE}/input.json", "--process-id",
                  "drawn", "--wait")
        for subject in ("drawn", subject_of("drawn")):
            drawn = fleet.run("render", EXAMPLE / definition, "--subject", subject).stdout
            state = {label: number for label, number in
                     re.findall(r'state "(\w+)" as (s\d+)', drawn)}
            expect(f"class {state['fetching']} visited\n" in drawn, drawn)
            expect(f"class {state['summarising']} visited\n" in drawn, drawn)
            expect(f"class {state['done']} active\n" in drawn, drawn)
            expect(f"class {state['failed']} " not in drawn, drawn)
        other = fleet.run("render", EXAMPLE.parent / "order" / "machine.json", "--subject", "drawn",
                          check=False)
        expect(other.returncode == 2 and "runs version 1.0.0 of book-summary" in other.stderr,
               other.stderr)
        nobody = fleet.run("render", EXAMPLE / definition, "--subject", "nobody", check=False)
        expect(nobody.returncode == 1 and "no orchestration has" in nobody.stderr, nobody.stderr)


def dev_interrupted():
    """Ctrl-C in the middle ends everything that it started."""
    process = subprocess.Popen([PROGRAM, "dev", EXAMPLE], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    logs = None
    for line in process.stdout:
        if " logs " in line:
            logs = line.split()[1]
            break
    expect(logs is not None, "it says where its logs are")
    expect(running_below(logs), "it runs")
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    process.wait(30)
    expect(not running_below(logs) and not pathlib.Path(logs).exists(), "everything is gone")


def running_below(folder):
    return [pid for pid in os.listdir("/proc") if pid.isdigit()
            and mentions(pathlib.Path("/proc") / pid, folder)]


def mentions(process, folder):
    try:
        return folder.encode() in (process / "cmdline").read_bytes()
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(run_scenarios(
        [(scenario.__name__.replace("_", "-"), scenario) for scenario in
         (kafka_away_at_start, kafka_away_in_the_middle, postgres_away_at_start,
          postgres_away_in_the_middle, wrong_password, not_migrated, missing_topic,
          unequal_partitions, timers, changed_definition, kept_name, one_name_twice, second_signal, full_disk, dev,
          dev_interrupted, picture)], sys.argv[1:]))
