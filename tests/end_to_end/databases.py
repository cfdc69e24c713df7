#!/usr/bin/env python3
"""One fleet on two databases: each lane lives in its own, one that is away stops its own lanes
alone, and a lane that is looked for in the wrong place is refused by name."""

import contextlib
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
import pathlib

from confluent_kafka.admin import AdminClient, NewPartitions

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from fleet import (EXAMPLE, Fleet, Server, expect, free_port, patient_example,  # noqa: E402
                   run_scenarios, subject_of, wait_until)
from witness import judge  # noqa: E402


class Spread(Fleet):
    """A fleet of four lanes on two PostgreSQL servers."""

    def __init__(self):
        super().__init__(fsync="off", migrate=False, topics=False)
        self.second = Server("postgres.sh", self.folder / "postgres-2", ["--fsync", "off"])

    def __enter__(self):
        super().__enter__()
        try:
            self.definitions = patient_example(self.folder)
            self.callback(self._stop_server, self.second)
            self.second.start()
            self.run("migrate")
            self.run("topics", EXAMPLE, "--create", "--partitions", self.lanes)
        except BaseException:
            self.close()
            raise
        return self

    @property
    def urls(self):
        return [server.variables["XORCA_TEST_DATABASE_URL"] for server in (self.postgres, self.second)]

    @property
    def names(self):
        return [url.split("@")[1] for url in self.urls]

    def spread(self, *lanes):
        """The setting, lanes for each of the databases."""
        return " ".join(f"{some}={url}" for some, url in zip(lanes, self.urls))

    def environment(self, **settings):
        base = super().environment(**{"DEFINITIONS": self.definitions, **settings})
        if "DATABASE_URL" not in settings:
            base["XORCA_DATABASE_URL"] = self.spread("0-1,4-5", "2-3,6-7")
        return base

    def ask(self, number, statement):
        """Rows of text, of one of the databases."""
        result = subprocess.run(["psql", "-X", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d",
                                 self.urls[number], "-c", statement],
                                capture_output=True, text=True, check=False)
        expect(result.returncode == 0, f"psql: {result.stderr}")
        return [line.split("\t") for line in result.stdout.splitlines()]

    def sql(self, statement):
        return self.ask(0, statement) + self.ask(1, statement)

    def completed(self, number):
        return int(self.ask(number, "SELECT count(*) FROM xorca.orchestration WHERE status = 1")[0][0])

    def epochs(self):
        return [self.ask(number, "SELECT lane, epoch FROM xorca.lane ORDER BY lane")
                for number in (0, 1)]

    def load(self, name, count):
        return self.start(name, "start", "book-summary", "--input", f"@{EXAMPLE}/input.json",
                          "--count", count, "--in-flight", count, "--wait", "--timeout", 120)


def finish(program):
    program.process.wait(180)
    expect(program.process.returncode == 0,
           f"{program.name} ended with {program.process.returncode}: {program.text()[-2000:]}")


def starts_on(fleet, partitions):
    """How many starts were sent for the lanes, by their partitions in Kafka."""
    return sum(message.partition() in partitions
               for message in fleet.read(r"xorca\.book-summary\.start"))


def readiness(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError as error:
        return str(error)


def check_commands(fleet):
    """The command line finds what is there, wherever it is."""
    listed = [json.loads(line) for line in
              fleet.run("list", "--json", "--limit", 1000).stdout.splitlines()]
    rows = fleet.sql("SELECT subject FROM xorca.orchestration")
    expect({row["subject"] for row in listed} == {row[0] for row in rows}, "list shows all")
    started = [row["started"] for row in listed]
    expect(started == sorted(started, reverse=True), "the newest first")
    some = [json.loads(line)["subject"] for line in
            fleet.run("list", "--json", "--limit", 7).stdout.splitlines()]
    expect(some == [row["subject"] for row in listed[:7]], "--limit is of all together")
    for number in (0, 1):
        [[subject]] = fleet.ask(number, "SELECT subject FROM xorca.orchestration LIMIT 1")
        process = next(row["process_id"] for row in listed if row["subject"] == subject)
        for wanted in (subject, process):
            shown = json.loads(fleet.run("show", wanted, "--json").stdout)
            expect(shown["subject"] == subject, f"{wanted}: {shown}")
            drawn = fleet.run("render", fleet.definitions / "book-summary.json", "--subject", wanted)
            expect(" active\n" in drawn.stdout, drawn.stdout)


def spread():
    """Two workers on two databases: every command once and in order, each lane in its place."""
    with Spread() as fleet:
        for number in (1, 2):
            fleet.worker(f"worker-{number}")
        fleet.mock()
        finish(fleet.load("load", 300))
        verdict = judge(fleet, 300)
        expect(verdict.is_clean, str(verdict))
        for number, lanes in ((0, {"0", "1"}), (1, {"2", "3"})):
            for table in ("orchestration", "journal", "lane"):
                found = {row[0] for row in fleet.ask(number, f"SELECT DISTINCT lane FROM xorca.{table}")}
                expect(found == lanes, f"database {number} has lanes {found} in xorca.{table}")
            expect(fleet.ask(number, "SELECT name, version FROM xorca.definition")
                   == [["book-summary", "1.0.0"]], "definitions are in each")
        check_commands(fleet)
        again = fleet.run("migrate").stdout
        expect(again.count("nothing to do") == 2, again)


def one_away():
    """The first database dies and its lanes wait; a worker that comes meanwhile takes over the
    others, and the rest when it is back."""
    with Spread() as fleet:
        first = fleet.worker("worker-1")
        fleet.mock()
        finish(fleet.load("before", 40))
        fleet.postgres.run("kill")
        before = fleet.completed(1)
        program = fleet.load("during", 200)
        wait_until(lambda: len(fleet.read(r"xorca\.book-summary\.start")) == 240, 30, "all are sent")
        wanted = starts_on(fleet, {2, 3})
        expect(before < wanted < 240, f"{wanted} starts of 240 are for lanes 2 and 3")
        wait_until(lambda: fleet.completed(1) == wanted, 60, "those of the other database complete")

        port = free_port()
        second = fleet.worker("worker-2", HTTP_PORT=port)
        expect(first.stop() == 0, "the first drains what it can and ends")
        second.wait_for("lane live", 60)
        wait_until(lambda: fleet.names[0] in readiness(port), 30,
                   lambda: f"/readyz names the database; it says {readiness(port)}")
        more = fleet.load("more", 100)
        wait_until(lambda: len(fleet.read(r"xorca\.book-summary\.start")) == 340, 30, "all are sent")
        wanted = starts_on(fleet, {2, 3})
        wait_until(lambda: fleet.completed(1) == wanted, 60, "they complete by the second worker")
        expect(len(re.findall(r"lane live.*lane=[01] ", second.text())) == 0, "the others wait")
        shown = fleet.run("list", check=False)
        expect(shown.returncode == 1 and fleet.names[0] in shown.stderr, shown.stderr)
        subject = fleet.ask(1, "SELECT subject FROM xorca.orchestration LIMIT 1")[0][0]
        fleet.run("show", subject)
        missing = fleet.run("show", subject_of("nobody"), check=False)
        expect(missing.returncode == 1 and fleet.names[0] in missing.stderr, missing.stderr)

        fleet.postgres.start()
        finish(program)
        finish(more)
        finish(fleet.load("after", 60)) # those that went on all the time go on
        verdict = judge(fleet, 400)
        expect(verdict.is_clean, str(verdict))
        wait_until(lambda: readiness(port) == "ready\n", 30, lambda: readiness(port))
        said = [line for line in second.text().splitlines() if "PostgreSQL is away" in line]
        expect(len(said) == 1, f"said once: {said}")


def refused(fleet, url, *words):
    """A worker with this setting says these words, and begins no lane."""
    worker = fleet.worker(wait=False, name=f"refused-{len(fleet.programs)}", DATABASE_URL=url)
    for word in words:
        worker.wait_for(word, 40)
    expect("lane live" not in worker.text(), worker.text())
    worker.stop()


@contextlib.contextmanager
def fresh_database(fleet, name):
    subprocess.run(["psql", "-X", "-q", "-d", fleet.urls[1], "-c", f"CREATE DATABASE {name}"],
                   check=True)
    yield re.sub(r"/xorca$", f"/{name}", fleet.urls[1])


def misplaced():
    """Lanes do not move, by whatever mistake: nothing begins anew, and nothing changes."""
    with Spread() as fleet, fresh_database(fleet, "fresh") as fresh:
        twins = fleet.spread("0-1") + " 2-3=" + fleet.urls[0].replace("127.0.0.1", "localhost")
        refused(fleet, twins, "are one database")
        for number in (0, 1):
            fleet.ask(number, "DELETE FROM xorca.lane")
            fleet.ask(number, "DELETE FROM xorca.fleet")

        worker = fleet.worker()
        wait_until(lambda: worker.text().count("lane live") == 4, 60, "all lanes live")
        expect(worker.stop() == 0, "it drains")
        before = fleet.epochs()
        first, second = fleet.names
        refused(fleet, fleet.spread("2-3", "0-1"), f"lane 0 lives in database {first}", second)
        refused(fleet, fleet.spread("0-2", "3"), f"lane 2 lives in database {second}", first)
        refused(fleet, fleet.urls[0], "gives lane 2 to database", "does not live there")
        fleet.run("migrate", DATABASE_URL=fresh)
        refused(fleet, f"{fleet.spread('0-1')} 2-3={fresh}", "/fresh is new", f"{first} of the same")
        refused(fleet, fleet.spread("0-1", "2"), "has no database for lane 3")
        expect(fleet.epochs() == before, f"{fleet.epochs()} instead of {before}")
        wrong = fleet.run("migrate", check=False, DATABASE_URL=fleet.spread("0-1", "1-3"))
        expect(wrong.returncode == 2 and "lane 1 is given to" in wrong.stderr, wrong.stderr)
        again = fleet.worker("again")
        wait_until(lambda: again.text().count("lane live") == 4, 60, "as it was, all lanes live")


def add_partitions(fleet, count):
    admin = AdminClient({"bootstrap.servers": fleet.bootstrap})
    wanted = [NewPartitions(name, count) for name in fleet.topics()
              if re.fullmatch(r"evt\..*|sys\..*|xorca\..*\.start|xorca\.outbox-pos", name)]
    for future in admin.create_partitions(wanted).values():
        future.result(20)


def grown():
    """Partitions are added under load: a number that would move subjects to another database
    is refused, and with a multiple everything goes on."""
    with Spread() as fleet:
        worker = fleet.worker(KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS=500)
        worker.wait_for("lane live")
        program = fleet.load("load", 300)
        wait_until(lambda: fleet.read(r"cmd\.books\.fetch"), 30, "it began")
        add_partitions(fleet, 6)
        worker.wait_for("up to a multiple of 4", 60)
        add_partitions(fleet, 8)
        worker.wait_for("lanes were added", 60)
        fleet.mock()
        finish(program)
        verdict = judge(fleet, 300)
        expect(verdict.is_clean, str(verdict))
        for number, lanes in ((0, ["0", "1", "4", "5"]), (1, ["2", "3", "6", "7"])):
            rows = fleet.ask(number, "SELECT DISTINCT lane FROM xorca.journal ORDER BY lane")
            expect([row[0] for row in rows] == lanes, f"database {number} has lanes {rows}")


if __name__ == "__main__":
    sys.exit(run_scenarios([("spread", spread), ("one-away", one_away), ("misplaced", misplaced),
                            ("grown", grown)], sys.argv[1:]))
