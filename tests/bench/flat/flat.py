"""Whether an event costs the same wherever it falls.

Each part gives workers the same events under two or three circumstances and compares what one
event costs PostgreSQL and the worker. Past lives and stored orchestrations are made by SQL, as
rows like those that workers leave. The least of TURNS counts."""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from measure import (DEFINITIONS, WAL_SETTINGS, AskingWorker, Spent, admin_sql,  # noqa: E402
                     await_lanes, begin_asking, cpu_seconds, least, tell)
from fleet import Failed, Fleet  # noqa: E402

SUBJECTS, ROUNDS, TURNS = 1600, 16, 3
LIVES = (1, 100, 10_000)
STORED = 2_000_000
LANES = (4, 64)
# In LANES[1] too a lane has enough of them for batches in which none occurs twice.
LANES_SUBJECTS, LANES_ROUNDS, LANES_BATCH = 6400, 4, 50
# A lane keeps all windows of its orchestrations: reading them is another matter than a life.
SETTINGS = {"CACHE_KIB": 32768}
POSTGRES = [*WAL_SETTINGS, "--set", "shared_preload_libraries=pg_stat_statements",
            "--set", "max_connections=200"]
DIFFERENCE_MAX = 0.15
IDLE_SECONDS = 3


# --- One measurement ------------------------------------------------------------------------

def idle_cpu(worker):
    """Seconds of CPU that it spends in a second without events: heartbeats, more for more
    lanes. They belong to the time that passes, and not to the events."""
    before = cpu_seconds(worker.pid)
    time.sleep(IDLE_SECONDS)
    return (cpu_seconds(worker.pid) - before) / IDLE_SECONDS


def cost(fleet, subjects, rounds, **settings):
    """What an event costs a worker with full batches, and PostgreSQL."""
    worker = AskingWorker(fleet, f"worker-{len(fleet.programs)}", **SETTINGS | settings)
    worker.work_off(worker.pile_up(subjects, 1))
    idle = idle_cpu(worker)
    events = worker.pile_up(subjects, rounds)
    admin_sql(fleet, "SELECT pg_stat_statements_reset()")
    with Spent(fleet) as spent:
        cpu, begun = cpu_seconds(worker.pid), time.monotonic()
        worker.work_off(events)
        cpu = cpu_seconds(worker.pid) - cpu - idle * (time.monotonic() - begun)
    [[buffers]] = admin_sql(
        fleet, "SELECT sum(shared_blks_hit + shared_blks_read) FROM pg_stat_statements "
               "JOIN pg_database ON pg_database.oid = dbid WHERE datname = 'xorca'")
    worker.stop()
    return {"buffers": round(int(buffers) / events, 2), **spent.of_event(events),
            "worker_us": round(cpu * 1e6 / events, 2)}


def fleet_of(lanes):
    return Fleet(lanes=lanes, topics=False, postgres_options=POSTGRES,
                 kafka_options=["--long-lived"])


def begin(fleet, count):
    admin_sql(fleet, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    fleet.run("topics", DEFINITIONS, "--create", "--partitions", fleet.lanes)
    worker = fleet.worker("first", DEFINITIONS=DEFINITIONS)
    await_lanes(fleet, worker)
    subjects = begin_asking(fleet, count)
    worker.stop()
    return subjects


def judge(part, costs):
    """Compares each circumstance with the first; how many demands were missed."""
    (first, base), *others = costs.items()
    missed = 0
    for name, figures in others:
        times = {figure: round(value / base[figure], 2) for figure, value in figures.items()
                 if figure != "page_bytes"}
        missed += tell({"part": part, "of": first, "cost": base, "at": name, "costs": figures,
                        "times": times}, f"within {DIFFERENCE_MAX:.0%}",
                       all(value <= 1 + DIFFERENCE_MAX for value in times.values()))
    return missed


# --- Lives ----------------------------------------------------------------------------------

def bytes_sql(seed, size):
    """SQL for so many bytes that do not compress."""
    return (f"(SELECT substring(string_agg(decode(md5({seed} || id::text || n), 'hex'), '') "
            f"FROM 1 FOR ({size})::integer) FROM generate_series(1, ({size}) / 16 + 1) AS n)")


def live(fleet, events):
    """Gives every orchestration a past of so many events. Windows stand at all stages of being
    filled (core/orchestration/dedup.h has their sizes), as those of many orchestrations do."""
    recent = "1 + nth % 16"
    middle = {1: "0", 100: f"96 - ({recent}) / 16 * 16",
              10_000: "16 * (1 + nth / 16 % 8)"}[events]
    old = 1024 if events == 10_000 else 0
    levels = {"dedup_recent": recent if events > 1 else "0", "dedup_middle": middle,
              "dedup_old": str(old)}
    windows = ", ".join(f"{level} = nullif({bytes_sql(repr(level), f'8 * ({keys})')}, '')"
                        for level, keys in levels.items())
    fleet.sql(f"""
        UPDATE xorca.orchestration SET revision = {events}, {windows},
            snapshot = jsonb_set(snapshot, '{{context,answers}}', '{events}')
        FROM (SELECT id AS numbered, row_number() OVER (ORDER BY id) AS nth
              FROM xorca.orchestration) AS numbers WHERE id = numbered""")
    fleet.sql("VACUUM ANALYZE xorca.orchestration")


def measure_life():
    with fleet_of(4) as fleet:
        subjects = begin(fleet, SUBJECTS)
        turns = {events: [] for events in LIVES}
        for _ in range(TURNS):
            for events in LIVES:
                live(fleet, events)
                turns[events].append(cost(fleet, subjects, ROUNDS))
    return judge("events in a life", {events: least(costs) for events, costs in turns.items()})


# --- Stored ---------------------------------------------------------------------------------

def store(fleet, count):
    """Rows like those that are there: one in twenty is active and has a timer."""
    fleet.sql(f"""
        INSERT INTO xorca.orchestration (id, started_at, lane, subject, name, version, input,
            revision, journal_last, updated_at, due, status, snapshot, dedup_recent)
        SELECT md5('stored' || n)::uuid, started_at, n % {fleet.lanes}, subject || n, name,
            version, input, 5, 1, updated_at, CASE WHEN n % 20 = 0 THEN now() + '30 days' END,
            (n % 20 > 0)::integer, snapshot, decode(md5(n::text) || md5('-' || n), 'hex')
        FROM (SELECT * FROM xorca.orchestration LIMIT 1) AS one,
            generate_series(1, {count}) AS n""")
    fleet.sql("""
        INSERT INTO xorca.journal SELECT now(), 1000000 + n, 0, '[]'
        FROM generate_series(1, 50000) AS n""")
    fleet.sql("VACUUM ANALYZE xorca.orchestration")


def measure_stored():
    with fleet_of(4) as fleet:
        subjects = begin(fleet, SUBJECTS)
        before = least([cost(fleet, subjects, ROUNDS) for _ in range(TURNS)])
        store(fleet, STORED)
        after = least([cost(fleet, subjects, ROUNDS) for _ in range(TURNS)])
    return judge("stored orchestrations", {SUBJECTS: before, STORED + SUBJECTS: after})


# --- Lanes ----------------------------------------------------------------------------------

def measure_lanes():
    costs = {}
    for lanes in LANES:
        with fleet_of(lanes) as fleet:
            subjects = begin(fleet, LANES_SUBJECTS)
            costs[lanes] = least([cost(fleet, subjects, LANES_ROUNDS, BATCH_EVENTS=LANES_BATCH)
                                  for _ in range(TURNS)])
    return judge("lanes", costs)


def main(arguments):
    parts = {"life": measure_life, "stored": measure_stored, "lanes": measure_lanes}
    unknown = set(arguments) - set(parts)
    if unknown:
        print(f"flat: no part {', '.join(unknown)}; there are {', '.join(parts)}", file=sys.stderr)
        return 2
    missed = sum(parts[part]() for part in arguments or parts)
    return 1 if missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failure:
        sys.exit(f"flat: {failure}")
