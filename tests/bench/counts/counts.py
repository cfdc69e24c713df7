"""What an event costs, counted: things that do not move with the machine.

A worker meets full batches of events, one for each orchestration of definitions/asking.json,
on a real Kafka and PostgreSQL. Statements and round trips are counted on the wire, write-ahead
log by its own positions, allocations in front of malloc, instructions by callgrind."""

import argparse
import pathlib
import re
import struct
import subprocess
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from counting_proxy import CountingProxy  # noqa: E402
from measure import DEFINITIONS, PROGRAMS, AskingWorker, begin_asking  # noqa: E402
from fleet import Failed, Fleet, expect  # noqa: E402

README = pathlib.Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- counts: made by tests/bench/counts/run -->\n", "<!-- end of counts -->\n"
COUNTER = PROGRAMS / "counts" / "allocation_counter.so"

SUBJECTS, ROUNDS = 400, 20  # events: SUBJECTS * ROUNDS
INSTRUCTION_ROUNDS = 5  # by callgrind, which takes its time
BATCH, SMALL_BATCH = 200, 50
# Neither belongs to an event: whole pages after a checkpoint, and when vacuum comes by.
POSTGRES = ["--set", "full_page_writes=off", "--set", "autovacuum=off"]
# Every batch has it, and no other transaction.
FENCE = "move lane"
# Left out: whether a batch finds that the one before it was published is a matter of time.
DELETION = "delete outbox rows"
CHANGE_MAX = 0.10
WAL_BYTES_MAX = 1300  # an event's, at snapshots of 500 bytes


# --- Counting -------------------------------------------------------------------------------

def proxy_of(fleet):
    url = urllib.parse.urlsplit(fleet.database_url)
    proxy = CountingProxy(url.hostname, url.port)
    host = f"{url.username}:{url.password}@127.0.0.1:{proxy.port}"
    return proxy, url._replace(netloc=host).geturl()


def wal_position(fleet):
    return int(fleet.sql("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")[0][0])


def allocations(path):
    return struct.unpack("QQ", path.read_bytes())


def work(fleet, subjects, batch):
    """One worker, batches of that size; counts of a batch, and of an event."""
    path = fleet.folder / f"allocations-{batch}"
    proxy, url = proxy_of(fleet)
    with proxy:
        worker = AskingWorker(fleet, f"worker-{batch}", DATABASE_URL=url, BATCH_EVENTS=batch,
                              under=("env", f"LD_PRELOAD={COUNTER}", f"ALLOCATION_COUNTS={path}"))
        worker.work_off(worker.pile_up(subjects, 1))  # caches are filled, statements prepared
        events = worker.pile_up(subjects, ROUNDS)
        before = [wal_position(fleet), *allocations(path)]
        statements_before, round_trips_before = proxy.counts_of(FENCE)
        worker.work_off(events)
        statements, round_trips = proxy.counts_of(FENCE)
        after = [wal_position(fleet), *allocations(path)]
        worker.stop()
    wal, own, libraries = (b - a for a, b in zip(before, after))
    statements -= statements_before
    batches = statements[FENCE]
    expect(events / batches > 0.9 * batch, f"{events} events in {batches} batches")
    del statements[DELETION]
    return {"statements": sum(statements.values()) / batches,
            "round_trips": (round_trips - round_trips_before) / batches,
            "wal_bytes": wal / events, "own": own / events, "libraries": libraries / events}


def instructions(fleet, subjects):
    """Of an event: in its batch, with what libpq does for it, and in publishing it."""
    path = fleet.folder / "callgrind.out"
    functions = ("run_batch", "lane_publish_rows")
    worker = AskingWorker(
        fleet, "worker-callgrind", BATCH_EVENTS=BATCH, WATCHDOG_TIMEOUT_MS=0,
        under=("valgrind", "--tool=callgrind", f"--callgrind-out-file={path}",
               *(f"--toggle-collect={function}" for function in functions)))
    events = worker.pile_up(subjects, INSTRUCTION_ROUNDS)
    worker.work_off(events)
    worker.stop()
    listing = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", path],
                             check=True, capture_output=True, text=True).stdout
    return [inclusive(listing, function) / events for function in functions]


def inclusive(listing, function):
    found = re.search(rf"^\s*([\d,]+) .*:{function} \[", listing, re.M)
    expect(found, f"callgrind counted {function}:\n{listing[:2000]}")
    return int(found[1].replace(",", ""))


def measure():
    """Name and count, in the order of the table."""
    with Fleet(lanes=1, topics=False, postgres_options=POSTGRES) as fleet:
        fleet.run("topics", DEFINITIONS, "--create", "--partitions", 1)
        first = fleet.worker("first", DEFINITIONS=DEFINITIONS)
        subjects = begin_asking(fleet, SUBJECTS)
        first.stop()
        large, small = (work(fleet, subjects, batch) for batch in (BATCH, SMALL_BATCH))
        of_batch, of_publishing = instructions(fleet, subjects)
        snapshot = float(fleet.sql("SELECT avg(octet_length(snapshot::text)) "
                                   "FROM xorca.orchestration")[0][0])
    return {
        f"statements of a batch of {BATCH}": large["statements"],
        f"statements of a batch of {SMALL_BATCH}": small["statements"],
        f"round trips of a batch of {BATCH}": large["round_trips"],
        f"round trips of a batch of {SMALL_BATCH}": small["round_trips"],
        "bytes of a snapshot": snapshot,
        "bytes of write-ahead log of an event": large["wal_bytes"],
        "allocations of an event, by the program": large["own"],
        "allocations of an event, by its libraries": large["libraries"],
        "instructions of an event, in its batch": of_batch,
        "instructions of an event, in publishing it": of_publishing,
    }


# --- The table ------------------------------------------------------------------------------

def shown(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"


def table_of(counts):
    return "| count | |\n|---|---|\n" + "".join(f"| {name} | {shown(value)} |\n"
                                                for name, value in counts.items())


def kept_counts(text):
    table = text.split(BEGIN)[1].split(END)[0]
    rows = re.findall(r"^\| (\S.*) \| ([\d.]+) \|$", table, re.M)
    return {name: float(value) for name, value in rows}


def write(counts):
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    README.write_text(before + BEGIN + table_of(counts) + END + rest.split(END)[1],
                      encoding="utf-8")


def verdicts(counts, kept):
    """For each count whether it is what the table has, and how that is said."""
    for name, value in counts.items():
        if name not in kept:
            yield False, f"{name}: {shown(value)}, and README.md has none"
        elif abs(value - kept[name]) > CHANGE_MAX * kept[name]:
            yield False, f"{name}: {shown(value)}, and it was {shown(kept[name])}"
        else:
            yield True, f"{name}: {shown(value)}"
    yield (counts["bytes of write-ahead log of an event"] <= WAL_BYTES_MAX,
           f"an event takes at most {WAL_BYTES_MAX} bytes of write-ahead log")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--write", action="store_true", help="renew the table in README.md")
    arguments = parser.parse_args()
    counts = measure()
    if arguments.write:
        write(counts)
    results = list(verdicts(counts, kept_counts(README.read_text(encoding="utf-8"))))
    for is_met, text in results:
        print(f"{'ok  ' if is_met else 'FAIL'} {text}")
    failed = sum(not is_met for is_met, _ in results)
    if failed:
        print("A change that is meant: tests/bench/counts/run --write renews README.md")
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"counts: {failure}")
