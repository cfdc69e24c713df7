"""What the benchmarks share: processes and what they spend, and a worker with work before it."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from fleet import ROOT, expect, free_port, wait_until  # noqa: E402

PROGRAMS = ROOT / "build-bench" / "tests" / "bench"
DEFINITIONS = pathlib.Path(__file__).resolve().parent / "definitions"
TICKS = os.sysconf("SC_CLK_TCK")

# Of definitions/asking.json.
EVENT, COMMAND = "evt.bench.ask.success", "cmd.bench.ask"
NOTE = " ".join(f"{n * 7919 % 100003:05}" for n in range(41))  # what makes a snapshot 500 bytes


# --- Processes ------------------------------------------------------------------------------

def processes():
    """Of every process: its parent, and seconds of CPU including children it waited for."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            found[int(entry)] = (int(fields[1]), sum(map(int, fields[11:15])) / TICKS)
    return found


def cpu_seconds(root):
    """The process and all below it."""
    found = processes()
    family, grown = {root}, True
    while grown:
        more = {pid for pid, (parent, _) in found.items() if parent in family} - family
        grown = bool(more)
        family |= more
    return sum(found[pid][1] for pid in family if pid in found)


def memory_mib(pid, field="VmHWM"):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(field):
                return int(line.split()[1]) / 1024
    return 0.0


# --- PostgreSQL -----------------------------------------------------------------------------

def postgres_pid(fleet):
    return int(fleet.postgres.variables["XORCA_TEST_POSTGRES_PID"])


def checkpoint(fleet):
    """A run then begins on a settled database, which reuses the WAL files of the warm-up as
    one that runs for longer does: it need not make and fill new ones."""
    admin_sql(fleet, "CHECKPOINT")


# Servers that are asked for what they log: whole pages are compressed, and no checkpoint comes
# between, which would have them logged again.
WAL_SETTINGS = ["--set", "wal_compression=lz4", "--set", "max_wal_size=8GB",
                "--set", "shared_buffers=512MB"]


def admin_sql(fleet, statement):
    """As fleet.sql, by the superuser."""
    url = fleet.postgres.variables["XORCA_TEST_ADMIN_URL"]
    result = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-d", url,
                             "-c", statement], capture_output=True, text=True, check=False)
    expect(result.returncode == 0, f"psql: {result.stderr}")
    return [line.split("\t") for line in result.stdout.splitlines()]


class Spent:
    """What PostgreSQL spends in a `with` block, which begins with a checkpoint: CPU of all its
    processes; bytes of write-ahead log, of records and of whole pages."""

    def __init__(self, fleet):
        self.fleet = fleet
        admin_sql(fleet, "CREATE EXTENSION IF NOT EXISTS pg_walinspect")

    def position(self):
        """Up to which it can be read back: what is not flushed belongs to nobody's commit."""
        return admin_sql(self.fleet, "SELECT pg_current_wal_flush_lsn()")[0][0]

    def __enter__(self):
        checkpoint(self.fleet)
        self.begun = self.position()
        self.cpu = cpu_seconds(postgres_pid(self.fleet))
        return self

    def __exit__(self, *_):
        self.cpu = cpu_seconds(postgres_pid(self.fleet)) - self.cpu
        [[records, pages]] = admin_sql(
            self.fleet, "SELECT sum(record_size), sum(fpi_size) "
                        f"FROM pg_get_wal_stats('{self.begun}', '{self.position()}')")
        self.records, self.pages = float(records), float(pages)

    def of_event(self, events):
        return {"us": round(self.cpu * 1e6 / events, 2),
                "wal_bytes": round(self.records / events),
                "page_bytes": round(self.pages / events)}


# --- Demands --------------------------------------------------------------------------------

def tell(result, demand, is_met):
    """Prints one result with what is demanded of it; returns whether that was missed."""
    print(json.dumps(result | {"demand": demand, "met": is_met}), flush=True)
    return not is_met


def least(turns):
    """Of each figure the least: what came on top of it was somebody else's."""
    return {name: min(turn[name] for turn in turns) for name in turns[0]}


# --- Orchestrations that ask ----------------------------------------------------------------

def await_lanes(fleet, program):
    for lane in range(fleet.lanes):
        program.wait_for(f"lane live lane={lane} ", 60)


def begin_asking(fleet, count):
    """Starts so many orchestrations of definitions/asking.json; all subjects that there are."""
    before = stored(fleet)
    fleet.run("start", "asking", "--input", json.dumps({"note": NOTE}), "--count", count,
              DEFINITIONS=DEFINITIONS)
    wait_until(lambda: stored(fleet) == before + count, 60, "all orchestrations are stored")
    return [row[0] for row in fleet.sql("SELECT subject FROM xorca.orchestration "
                                        "WHERE name = 'asking' ORDER BY id")]


def stored(fleet):
    return int(fleet.sql("SELECT count(*) FROM xorca.orchestration WHERE name = 'asking'")[0][0])


class AskingWorker:
    """A worker for them that can be stopped (SIGSTOP) while events pile up, so that it meets
    full batches and nothing of its own beginning is measured."""

    def __init__(self, fleet, name="worker", **settings):
        self.fleet, self.port, self.sent = fleet, free_port(), 0
        # Stopped for as long as producing takes, it stays a member of its group.
        self.program = fleet.worker(name, DEFINITIONS=DEFINITIONS, HTTP_PORT=self.port,
                                    KAFKA_SESSION_TIMEOUT_MS=45000, **settings)
        self.pid = self.program.process.pid
        await_lanes(fleet, self.program)

    def metric(self, name):
        """Over all lanes. PostgreSQL is not asked, and so not disturbed."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=60) as page:
            values = re.findall(rf"^{name}(?:{{.*}})? (\d+)", page.read().decode(), re.M)
        return sum(map(int, values))

    def pile_up(self, subjects, rounds):
        """Stops it and sends events that answer each subject so many times; how many."""
        wait_until(lambda: self.metric("xorca_lane_unpublished_batches") == 0, 30, "it rests")
        self.published = self.metric("xorca_records_published_total")
        self.pause()
        producer = self.fleet.producer(**{"linger.ms": 50})
        attributes = [(f"ce_{name}", value.encode()) for name, value in
                      (("specversion", "1.0"), ("source", "/bench"), ("type", EVENT))]
        for _ in range(rounds):
            for subject in subjects:
                self.sent += 1
                producer.produce(EVENT, key=subject, value=b'{"number":%d}' % self.sent,
                                 headers=[*attributes, ("ce_id", os.urandom(8).hex().encode()),
                                          ("ce_subject", subject.encode())])
            producer.poll(0)
        expect(producer.flush(60) == 0, "all events are with the broker")
        return rounds * len(subjects)

    def work_off(self, count, seconds=300):
        """Lets it go on until so many commands have left."""
        self.go_on()
        wait_until(lambda: self.metric("xorca_records_published_total") >= self.published + count,
                   seconds, lambda: f"{count} events are worked off: {self.program.text()[-2000:]}")

    def pause(self):
        self.program.kill(signal.SIGSTOP)

    def go_on(self):
        self.program.kill(signal.SIGCONT)

    def stop(self):
        self.program.stop()
