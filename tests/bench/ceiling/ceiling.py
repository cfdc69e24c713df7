"""What PostgreSQL spends on an event, of a worker and of a bare program.

Both work on the same rows of the same database, by turns: a worker that meets full batches,
and ceiling_bench.c, which commits transactions of the same size and content with no engine and
no Kafka. CPU is that of all of PostgreSQL's processes; the least of TURNS counts. Whole pages
that are logged after a checkpoint are told apart: they are a matter of how often one is made."""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from measure import (DEFINITIONS, PROGRAMS, WAL_SETTINGS, AskingWorker, Spent,  # noqa: E402
                     begin_asking, least, tell)
from fleet import Failed, Fleet, expect  # noqa: E402

BENCH = PROGRAMS / "ceiling" / "ceiling_bench"
SUBJECTS, BATCH, TURNS = 1000, 250, 3
KEEPING_ATTEMPTS = 5
TIMES_BARE_MAX = 1.3
# Microseconds and bytes of an event, as they were measured when the layout was chosen (snapshots
# of 483 bytes, batches of 250), and how much worse the bare program may be.
BARE_US, BARE_WAL_BYTES, TIMES_FIGURES_MAX = 14, 1200, 1.3


def stored_batch(fleet):
    """What the last full batch stored as outbox and journal row; None when its outbox row was
    deleted already."""
    rows = [fleet.sql(f"SELECT encode({column}, 'hex') FROM xorca.{table} "
                      f"ORDER BY length({column}) DESC LIMIT 1")
            for table, column in (("outbox", "body"),
                                  ("journal", "convert_to(events::text, 'UTF8')"))]
    outbox, journal = (bytes.fromhex(row[0][0]) if row else b"" for row in rows)
    return (outbox, journal) if outbox.count(b"ce_subject") == BATCH else None


def keep_a_batch(fleet, subjects):
    """Files with what a batch stores. A worker deletes an outbox row with its next batch, or a
    second later, and so is stopped to be looked at."""
    worker = AskingWorker(fleet, "worker-kept", BATCH_EVENTS=BATCH)
    for _ in range(KEEPING_ATTEMPTS):
        worker.work_off(worker.pile_up(subjects, 1))
        worker.pause()
        batch = stored_batch(fleet)
        worker.go_on()
        if batch:
            break
    expect(batch, "a full batch was there to be kept")
    worker.stop()
    files = [fleet.folder / name for name in ("outbox", "journal")]
    for file, content in zip(files, batch):
        file.write_bytes(content)
    return files


def worker_turn(fleet, subjects, rounds, turn):
    """Figures of an event."""
    worker = AskingWorker(fleet, f"worker-{turn}", BATCH_EVENTS=BATCH,
                          DATABASE_URL=fleet.postgres.variables["XORCA_TEST_DATABASE_SOCKET_URL"])
    worker.work_off(worker.pile_up(subjects, 1))
    events = worker.pile_up(subjects, rounds)
    with Spent(fleet) as spent:
        worker.work_off(events)
    worker.stop()
    return spent.of_event(events)


def bare_turn(fleet, rounds, files):
    url = fleet.postgres.variables["XORCA_TEST_DATABASE_SOCKET_URL"]
    with subprocess.Popen([BENCH, url, "0", str(BATCH), str(rounds), *files], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        expect(program.stdout.readline() == "ready\n", "the bare program is ready")
        with Spent(fleet) as spent:
            program.communicate("\n")
    expect(program.returncode == 0, "the bare program has worked")
    return spent.of_event(rounds * SUBJECTS)


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
    with Fleet(lanes=1, topics=False, postgres_options=WAL_SETTINGS,
               kafka_options=["--long-lived"]) as fleet:
        fleet.run("topics", DEFINITIONS, "--create", "--partitions", 1)
        first = fleet.worker("first", DEFINITIONS=DEFINITIONS)
        subjects = begin_asking(fleet, SUBJECTS)
        first.stop()
        files = keep_a_batch(fleet, subjects)
        sides = {"worker": [], "bare": []}
        for turn in range(TURNS):
            sides["worker"].append(worker_turn(fleet, subjects, rounds, turn))
            sides["bare"].append(bare_turn(fleet, rounds, files))
            print({name: turns[-1] for name, turns in sides.items()}, file=sys.stderr)
        return 1 if judge(*map(least, sides.values())) else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failure:
        sys.exit(f"ceiling: {failure}")
