#!/usr/bin/env python3
"""What a worker tells over HTTP, judged by others: promtool reads the metrics, Kafka and
PostgreSQL say what the numbers must be, and a debugger's hold on one thread is what the
watchdog has to notice. One fleet of two lanes serves all scenarios, in this order."""

import json
import pathlib
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from fleet import (EXAMPLE, SUPPORT, Fleet, expect, free_port, run_scenarios,  # noqa: E402
                   wait_until)

LANES = 2
ORCHESTRATIONS = 20
CONSUMED = r"(evt\..*|sys\..*|xorca\..*\.start)"


def http(port, path):
    """Status and body; None while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return None


def expect_ready(worker, port, seconds=30):
    wait_until(lambda: http(port, "/readyz") == (200, "ready\n"), seconds,
               lambda: f"ready; it says {http(port, '/readyz')} and\n{worker.text()[-2000:]}")


def expect_unready(port, reason, seconds=15):
    wait_until(lambda: http(port, "/readyz") == (503, f"not ready: {reason}\n"), seconds,
               lambda: f"not ready because {reason!r}; it says {http(port, '/readyz')}")


def expect_alive(port):
    expect(http(port, "/livez") == (200, "alive\n"), f"alive; it says {http(port, '/livez')}")


class Numbers:
    """One scrape."""

    def __init__(self, port):
        status, self.text = http(port, "/metrics")
        expect(status == 200, f"/metrics: {status}")
        self.samples = [re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
                        for line in self.text.splitlines() if not line.startswith("#")]

    def sum(self, name, *labels):
        return sum(float(value) for family, given, value in self.samples
                   if family == name and all(label in (given or "") for label in labels))


def worker_with_port(fleet, name, **settings):
    port = free_port()
    worker = fleet.worker(name, wait=False, HTTP_PORT=port, **settings)
    wait_until(lambda: http(port, "/livez"), 15, lambda: f"listening:\n{worker.text()}")
    return worker, port


def start_orchestrations(fleet, prefix, count):
    for number in range(count):
        fleet.run("start", "book-summary", "--input", f"@{EXAMPLE}/input.json",
                  "--process-id", f"{prefix}-{number}")


def ended(fleet):
    return int(fleet.sql("SELECT count(*) FROM xorca.orchestration WHERE status <> 0")[0][0])


def alive_and_not_ready_without_a_database(fleet):
    worker, port = worker_with_port(
        fleet, "homeless", DATABASE_URL=f"postgresql://xorca@127.0.0.1:{free_port()}/xorca")
    worker.wait_for("PostgreSQL is away")
    expect_alive(port)
    expect_unready(port, "starting")
    expect(worker.stop() == 0, "it stops in good order")


def numbers_agree_with_what_was_sent(fleet):
    worker, port = worker_with_port(fleet, "counted")
    expect_ready(worker, port)
    mock = fleet.mock()
    start_orchestrations(fleet, "counted", ORCHESTRATIONS)
    fleet.send("evt.books.fetch.success", b"no event", key="x")
    wait_until(lambda: ended(fleet) == ORCHESTRATIONS, 60, "all of them end")
    mock.stop()
    wait_until(lambda: Numbers(port).sum("xorca_lane_lag_records") == 0 and
               Numbers(port).sum("xorca_lane_unpublished_batches") == 0, 20,
               lambda: f"nothing is left to do:\n{Numbers(port).text}")
    numbers = Numbers(port)
    checked = subprocess.run([SUPPORT / "prometheus.sh", "promtool", "check", "metrics"],
                             input=numbers.text, capture_output=True, text=True)
    expect(checked.returncode == 0 and not checked.stderr.strip(),
           f"promtool: {checked.stdout}{checked.stderr}")

    consumed = len(fleet.read(CONSUMED))
    sent = len(fleet.read(r"(cmd\..*|notif\..*|xorca\.dead|xorca\..*\.error)"))
    of_status = dict((int(status), int(count)) for status, count in fleet.sql(
        "SELECT status, count(*) FROM xorca.orchestration GROUP BY status"))
    forwarded = numbers.sum("xorca_events_total", 'outcome="forwarded"')
    for what, is_, wanted in [
            ("records consumed", numbers.sum("xorca_events_total"), consumed),
            ("the same by lane", numbers.sum("xorca_lane_events_total"), consumed),
            ("records sent", numbers.sum("xorca_records_published_total"), sent + forwarded),
            ("started", numbers.sum("xorca_orchestrations_total", "started"), ORCHESTRATIONS),
            ("completed", numbers.sum("xorca_orchestrations_total", "completed"),
             of_status.get(1, 0)),
            ("failed", numbers.sum("xorca_orchestrations_total", "failed"), of_status.get(2, 0)),
            ("dead letters", numbers.sum("xorca_dead_letters_total"), len(fleet.read("xorca[.]dead"))),
            ("live lanes", numbers.sum("xorca_lane_live"), LANES),
            ("epochs", numbers.sum("xorca_lane_epoch"),
             int(fleet.sql("SELECT sum(epoch) FROM xorca.lane")[0][0])),
            ("steps", numbers.sum("xorca_step_duration_seconds_count"),
             consumed - forwarded - 1)]:
        expect(is_ == wanted, f"{what}: {is_} and not {wanted}:\n{numbers.text}")
    expect(numbers.sum("xorca_transaction_duration_seconds_count") > 0, "transactions are timed")
    expect(numbers.sum("xorca_publish_duration_seconds_count") > 0, "publishing is timed")
    expect(worker.stop() == 0, "it stops in good order")


def waiting_definition(fleet, name, delay):
    """The folder of an orchestration that waits for a delay and for nothing else."""
    folder = fleet.folder / name
    folder.mkdir()
    (folder / f"{name}.json").write_text(json.dumps({
        "@exprLang": "cel", "id": name, "version": "1.0.0", "initial": "waiting",
        "states": {"waiting": {"after": {delay: {"target": "over"}}}, "over": {"type": "final"}}}))
    fleet.run("topics", folder, "--create", "--partitions", LANES)
    return folder


def timers_are_counted(fleet):
    folder = waiting_definition(fleet, "short", "500ms")
    worker, port = worker_with_port(fleet, "timers", DEFINITIONS=folder)
    expect_ready(worker, port)
    for number in range(5):
        fleet.run("start", "short", "--input", "{}", "--process-id", f"short-{number}",
                  DEFINITIONS=folder)
    wait_until(lambda: Numbers(port).sum("xorca_orchestrations_total", "completed") == 5, 20,
               lambda: f"all of them end:\n{Numbers(port).text}")
    numbers = Numbers(port)
    for what, is_ in [
            ("fired", numbers.sum("xorca_events_total", 'class="timer"', 'outcome="transitioned"')),
            ("measured", numbers.sum("xorca_timer_lateness_seconds_count"))]:
        expect(is_ == 5, f"{what}: {is_} timers and not 5:\n{numbers.text}")
    expect(numbers.sum("xorca_lane_timer_overdue_seconds") == 0, "none is overdue")
    expect(worker.stop() == 0, "it stops in good order")


def workers_beyond_the_partitions_are_ready(fleet):
    """As a roll-out needs it: the new one is ready although it may have no lane."""
    group = [worker_with_port(fleet, f"many-{number}") for number in range(LANES + 1)]
    for worker, port in group:
        expect_ready(worker, port, 60)
    wait_until(lambda: sum(Numbers(port).sum("xorca_lane_live") for _, port in group) == LANES,
               20, "every lane is live once")
    expect(any(Numbers(port).sum("xorca_lanes") == 0 for _, port in group), "one has none")
    for worker, _ in group:
        expect(worker.stop() == 0, "it stops in good order")


def hold_thread(pid, name):
    """Stops one thread of a process, as a debugger does; ends with the process returned."""
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            break
    else:
        raise AssertionError(f"no thread {name}")
    script = ("import ctypes, sys, time; libc = ctypes.CDLL(None, use_errno=True)\n"
              "tid = int(sys.argv[1]); SEIZE, INTERRUPT = 0x4206, 0x4207\n"
              "assert libc.ptrace(SEIZE, tid, None, None) == 0, ctypes.get_errno()\n"
              "assert libc.ptrace(INTERRUPT, tid, None, None) == 0, ctypes.get_errno()\n"
              "print('held', flush=True); time.sleep(600)")
    holder = subprocess.Popen([sys.executable, "-c", script, task.name], stdout=subprocess.PIPE)
    expect(holder.stdout.readline() == b"held\n", "the thread is held")
    return holder


def a_stuck_lane_ends_the_process_and_another_takes_it_over(fleet):
    stuck, port = worker_with_port(fleet, "stuck", WATCHDOG_TIMEOUT_MS=4000,
                                   PUBLISH_TIMEOUT_MS=2000, DATABASE_TIMEOUT_MS=2000)
    expect_ready(stuck, port)
    expect_alive(port)
    holder = hold_thread(stuck.process.pid, "lane 1")
    try:
        stuck.wait_for("watchdog ends the process", 30)
        expect("lane 1 is stuck" in stuck.text(), stuck.text()[-1000:])
    finally:
        holder.kill()
        holder.wait()
    expect(stuck.process.wait(20) == -signal.SIGABRT, f"it aborts: {stuck.process.returncode}")
    heir, port = worker_with_port(fleet, "heir")
    expect_ready(heir, port, 60)
    fleet.run("start", "book-summary", "--input", f"@{EXAMPLE}/input.json", "--process-id", "heir")
    wait_until(lambda: Numbers(port).sum("xorca_orchestrations_total", "started") == 1, 20,
               "it goes on")
    expect(heir.stop() == 0, "it stops in good order")


def a_client_that_does_not_end_keeps_nobody(fleet):
    """The first of librdkafka's main threads is the consumer's: leaving the group waits for it."""
    worker, port = worker_with_port(fleet, "leaving")
    expect_ready(worker, port)
    holder = hold_thread(worker.process.pid, "rdk:main")
    try:
        worker.process.send_signal(signal.SIGTERM)
        worker.wait_for("worker ends without librdkafka", 30)
    finally:
        holder.kill()
        holder.wait()
    expect(worker.process.wait(20) == 0, f"it ends in good order: {worker.process.returncode}")
    expect("lane drained" in worker.text(), worker.text()[-1000:])


def what_cannot_leave_is_told(fleet):
    """A timer fires while no broker answers: its outcome is committed and waits."""
    folder = waiting_definition(fleet, "long", "4s")
    worker, port = worker_with_port(fleet, "brokerless", DEFINITIONS=folder,
                                    PUBLISH_TIMEOUT_MS=2000, DATABASE_TIMEOUT_MS=2000)
    expect_ready(worker, port)
    fleet.run("start", "long", "--input", "{}", "--process-id", "long", DEFINITIONS=folder)
    wait_until(lambda: Numbers(port).sum("xorca_orchestrations_total", "started") == 1 and
               Numbers(port).sum("xorca_lane_unpublished_batches") == 0, 20, "it has begun")
    fleet.kafka.run("kill")
    wait_until(lambda: Numbers(port).sum("xorca_lane_oldest_unpublished_seconds") > 1 and
               Numbers(port).sum("xorca_lane_unpublished_batches") == 1, 30,
               lambda: f"a batch waits:\n{Numbers(port).text}\n{worker.text()[-2000:]}")
    wait_until(lambda: Numbers(port).sum("xorca_retries_total", "kafka") > 0, 30,
               "its lane waits for Kafka")
    expect_unready(port, "Kafka does not answer", 60)
    expect(Numbers(port).sum("xorca_kafka_reachable") == 0, "the metrics say so too")
    expect_alive(port)
    fleet.kafka.start()
    expect_ready(worker, port, 60)
    numbers = Numbers(port)
    expect(numbers.sum("xorca_lane_unpublished_batches") == 0 and
           numbers.sum("xorca_lane_oldest_unpublished_seconds") == 0, f"it has left:\n{numbers.text}")
    expect(worker.stop() == 0, "it stops in good order")


def alive_and_not_ready_when_the_database_goes(fleet):
    worker, port = worker_with_port(fleet, "bereft")
    expect_ready(worker, port)
    fleet.postgres.run("stop")
    database = fleet.database_url.split("@")[1]
    expect_unready(port, f"database {database} cannot be used", 30)
    wait_until(lambda: Numbers(port).sum("xorca_retries_total", "postgres") > 0, 30,
               "its lanes wait for PostgreSQL")
    expect_alive(port)
    worker.stop()


def main():
    scenarios = [alive_and_not_ready_without_a_database, numbers_agree_with_what_was_sent,
                 timers_are_counted, workers_beyond_the_partitions_are_ready,
                 a_stuck_lane_ends_the_process_and_another_takes_it_over,
                 a_client_that_does_not_end_keeps_nobody,
                 what_cannot_leave_is_told, alive_and_not_ready_when_the_database_goes]
    with Fleet(fsync="off", lanes=LANES) as fleet:
        return run_scenarios([(scenario.__name__.replace("_", "-"),
                               lambda scenario=scenario: scenario(fleet))
                              for scenario in scenarios], sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
