"""What PostgreSQL spends on an event, of a worker and of a bare program.

Both work on the same rows of the same database, by turns: a worker that meets full batches,
and ceiling_bench.c, which commits transactions of the same size and content with no engine and
no Kafka. CPU is that of all of PostgreSQL's processes; the least of TURNS counts. Whole pages
that are logged after a checkpoint are told apart: they are a matter of how often one is made."""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from measure import (DEFINITIONS, PROGRAMS, AskingWorker, admin_sql, begin_asking,  # noqa: E402
                     checkpoint, cpu_seconds, postgres_pid, tell)
from fleet import Failed, Fleet, expect  # noqa: E402

BENCH = PROGRAMS / "ceiling" / "ceiling_bench"
SUBJECTS, BATCH, TURNS = 1000, 250, 3
POSTGRES = ["--set", "wal_compression=lz4", "--set", "max_wal_size=8GB",
            "--set", "shared_buffers=512MB"]
TIMES_BARE_MAX = 1.3
# Microseconds and bytes of an event, as they were measured when the layout was chosen (snapshots
# of 483 bytes, batches of 250), and how much worse the bare program may be.
BARE_US, BARE_WAL_BYTES, TIMES_FIGURES_MAX = 14, 1200, 1.3


class Spent:
    """What PostgreSQL spends in a `with` block."""

    def __init__(self, fleet):
        self.fleet = fleet

    def position(self):
        return admin_sql(self.fleet, "SELECT pg_current_wal_insert_lsn()")[0][0]

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


def keep_a_batch(fleet, worker):
    """Files with what the last full batch stored as outbox and journal row. The worker deletes
    the former with its next batch, and so is stopped."""
    worker.pause()
    files = []
    for table, column in (("outbox", "body"), ("journal", "convert_to(events::text, 'UTF8')")):
        [[row]] = fleet.sql(f"SELECT encode({column}, 'hex') FROM xorca.{table} "
                            f"ORDER BY length({column}) DESC LIMIT 1")
        files.append(fleet.folder / table)
        files[-1].write_bytes(bytes.fromhex(row))
    count = files[0].read_bytes().count(b"ce_subject")
    expect(count == BATCH, f"the outbox row that was kept is of {count} events")
    worker.go_on()
    return files


def worker_turn(fleet, subjects, rounds, turn):
    """Figures of an event, and the files of a batch."""
    worker = AskingWorker(fleet, f"worker-{turn}", BATCH_EVENTS=BATCH,
                          DATABASE_URL=fleet.postgres.variables["XORCA_TEST_DATABASE_SOCKET_URL"])
    worker.work_off(worker.pile_up(subjects, 1))
    events = worker.pile_up(subjects, rounds)
    with Spent(fleet) as spent:
        worker.work_off(events)
    files = keep_a_batch(fleet, worker)
    worker.stop()
    return spent.of_event(events), files


def bare_turn(fleet, rounds, files):
    url = fleet.postgres.variables["XORCA_TEST_DATABASE_SOCKET_URL"]
    with subprocess.Popen([BENCH, url, "0", str(BATCH), str(rounds), *files], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        expect(program.stdout.readline() == "ready\n", "the bare program is ready")
        with Spent(fleet) as spent:
            program.communicate("\n")
    expect(program.returncode == 0, "the bare program has worked")
    return spent.of_event(rounds * SUBJECTS)


def least(turns):
    return {name: min(turn[name] for turn in turns) for name in turns[0]}


def judge(worker, bare):
    """How many demands were missed."""
    def times(name):
        return round(worker[name] / bare[name], 2)
    demand = f"at most {TIMES_BARE_MAX} times the bare program's"
    missed = sum(tell({"measure": f"PostgreSQL's {what} of an event", "worker": worker[name],
                       "bare": bare[name], "times_bare": times(name)},
                      demand, times(name) <= TIMES_BARE_MAX)
                 for name, what in (("us", "microseconds of CPU"),
                                    ("wal_bytes", "bytes of write-ahead log")))
    for name, figure in (("us", BARE_US), ("wal_bytes", BARE_WAL_BYTES)):
        most = round(TIMES_FIGURES_MAX * figure, 1)
        missed += tell({"measure": f"the bare program's {name}", "bare": bare[name]},
                       f"at most {most}", bare[name] <= most)
    return missed


def main(arguments):
    rounds = int(arguments[0])
    with Fleet(lanes=1, topics=False, postgres_options=POSTGRES,
               kafka_options=["--long-lived"]) as fleet:
        admin_sql(fleet, "CREATE EXTENSION pg_walinspect")
        fleet.run("topics", DEFINITIONS, "--create", "--partitions", 1)
        first = fleet.worker("first", DEFINITIONS=DEFINITIONS)
        subjects = begin_asking(fleet, SUBJECTS)
        first.stop()
        sides = {"worker": [], "bare": []}
        for turn in range(TURNS):
            figures, files = worker_turn(fleet, subjects, rounds, turn)
            sides["worker"].append(figures)
            sides["bare"].append(bare_turn(fleet, rounds, files))
            print({name: turns[-1] for name, turns in sides.items()}, file=sys.stderr)
        return 1 if judge(*map(least, sides.values())) else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failure:
        sys.exit(f"ceiling: {failure}")
