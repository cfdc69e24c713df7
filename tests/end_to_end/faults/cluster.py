"""What every fault happens to: three Kafka nodes, a PostgreSQL with fsync, two workers on four
lanes, services that repeat themselves, and a load that the fault falls into.

A fault is a function that is marked by @fault. It gets the cluster when the load is under way (the
seed says how far), does its harm, waits for what the workers must say of it, and mends it, if
people would have to. Then the load must come to its end, and tests/support/witness.py counts what
was lost, repeated or out of order."""

import functools
import random
import time

from confluent_kafka.admin import AdminClient

from fleet import EXAMPLE, Fleet, expect, patient_example, wait_until
from toxiproxy import Toxiproxy
from witness import judge, outputs_by_subject, without_repeats

LANES = 4
LOAD = 300
FAULTS = []


class Fault:
    """A function of the cluster, and what it has to be like.

    nodes, kafka, postgres: of the servers, as kafka.sh and postgres.sh have them; settings: of the
    workers; repeats: outputs may be repeated, under the same id."""

    def __init__(self, run, nodes=3, kafka=(), postgres=(), repeats=False, **settings):
        self.name = run.__name__.replace("_", "-")
        self.run, self.nodes, self.kafka, self.postgres = run, nodes, kafka, postgres
        self.repeats, self.settings = repeats, settings


def fault(**needs):
    def mark(run):
        FAULTS.append(Fault(run, **needs))
        return run
    return mark


class Cluster(Fleet):
    """The fleet of one fault. `dice` is what the seed decides by."""

    def __init__(self, wanted, seed):
        super().__init__(lanes=LANES, postgres_options=wanted.postgres,
                         kafka_options=["--nodes", str(wanted.nodes), "--proxied", *wanted.kafka])
        self.dice = random.Random(f"{seed} {wanted.name}")
        self.nodes, self.settings = list(range(1, wanted.nodes + 1)), dict(wanted.settings)
        self.definitions = patient_example(self.folder)
        self.workers = []
        self.services = EXAMPLE / "services.json"
        self.load = None
        self.seen = None  # what a fault has put right, for the judge

    def environment(self, **settings):
        """As the fleet's, with the patient definitions."""
        return super().environment(**{"DEFINITIONS": self.definitions, **settings})

    def stop_in_the_end(self, server):
        self.callback(self._stop_server, server)

    # --- The proxy ---------------------------------------------------------------------

    def proxy(self):
        proxy = Toxiproxy(self.folder)
        self.callback(proxy.close)
        return proxy

    def kafka_by(self, proxy):
        """The brokers as a worker behind the proxy finds them, by routes broker-1, broker-2, …"""
        listens = self.kafka.variables["XORCA_TEST_KAFKA_PROXIED"].split(",")
        behinds = self.kafka.variables["XORCA_TEST_KAFKA_BEHIND"].split(",")
        for node, listen, behind in zip(self.nodes, listens, behinds):
            proxy.route(f"broker-{node}", behind, listen)
        return ",".join(listens)

    def postgres_by(self, proxy):
        """The database's URL by the route "postgres"."""
        before, _, after = self.database_url.partition("@")
        address, _, rest = after.partition("/")
        return f"{before}@{proxy.route('postgres', address)}/{rest}"

    # --- Workers and load ----------------------------------------------------------------

    def begin(self, count=LOAD, completed=None, first=None):
        """Two workers (the first with settings of its own), the services, and the load."""
        self.begin_workers(first)
        self.begin_load(count, completed)

    def begin_workers(self, first=None, **settings):
        """Two workers with lanes that live."""
        settings = {**self.settings, **settings}
        self.workers = [self.worker("worker-1", **{**settings, **(first or {})}),
                        self.worker("worker-2", **settings)]
        for worker in self.workers:
            worker.wait_for("lane live", 60)

    def begin_load(self, count=LOAD, completed=None, extra=0):
        """Until as many completed as told, or as the dice say; `extra` were started before."""
        self.mock(self.services)
        self.count = count + extra
        self.load = self.start("load", "start", "book-summary", "--input", f"@{EXAMPLE}/input.json",
                               "--count", count, "--in-flight", 60, "--wait", "--timeout", 240)
        if completed is None:
            completed = int(count * self.dice.uniform(0.15, 0.4))
        self.wait_for_completed(completed)

    def completed(self):
        return int(self.sql("SELECT count(*) FROM xorca.orchestration WHERE status = 1")[0][0])

    def wait_for_completed(self, count, seconds=120):
        wait_until(lambda: self.completed() >= count, seconds,
                   lambda: f"{count} orchestrations completed, it is {self.completed()}; "
                           + self.last_words())

    def wait_for_more(self, seconds=120):
        """That it goes on: ten more than now."""
        self.wait_for_completed(min(self.completed() + 10, self.count), seconds)

    def say(self, *words, seconds=60, workers=None):
        """Waits until each of the workers has a line with all of these words."""
        for worker in workers or self.workers:
            wait_until(lambda: self.lines(worker, *words), seconds,
                       lambda: f"{worker.name} says {words}; it said:\n{worker.text()[-3000:]}")

    def somebody_says(self, *words, seconds=60):
        wait_until(lambda: any(self.lines(worker, *words) for worker in self.workers), seconds,
                   lambda: f"a worker says {words}; " + self.last_words())

    @staticmethod
    def lines(worker, *words):
        return [line for line in worker.text().splitlines() if all(word in line for word in words)]

    def last_words(self):
        return "".join(f"\n{program.name}: {program.text()[-1500:]}" for program in self.programs)

    def run_out(self):
        """The load comes to its end."""
        wait_until(lambda: self.load.process.poll() is not None, 300,
                   lambda: f"the load runs out; {self.completed()} completed; " + self.last_words())
        expect(self.load.process.returncode == 0,
               f"xorca start: {self.load.text()[-1000:]}\n{self.last_words()}")
        self.wait_for_completed(self.count)

    def finish(self, repeats):
        """The load comes to its end, nothing is lost, repeated or out of order, and the workers
        drain, and end in good order."""
        self.run_out()
        self.judge(repeats)
        for worker in self.workers:
            expect(worker.process.poll() is None, f"{worker.name} has ended: {worker.text()[-1500:]}")
            expect(worker.stop() == 0, f"{worker.name} drains: {worker.text()[-1500:]}")

    def judge(self, repeats):
        """By what another client reads. Where outputs may be repeated, as a reader sees them that
        knows ids."""
        seen = outputs_by_subject(self) if self.seen is None else self.seen
        if repeats:
            seen = {subject: without_repeats(topics) for subject, topics in seen.items()}
        verdict = judge(self, self.count, seen)
        expect(verdict.is_clean, str(verdict))

    # --- Kafka, as people administer it -----------------------------------------------------

    @functools.cached_property
    def admin(self):
        return AdminClient({"bootstrap.servers": self.bootstrap})


def done(futures, seconds=30):
    """Waits for what an AdminClient was asked for."""
    for future in futures.values():
        future.result(seconds)


def pause(seconds):
    """For a fault that has to last: nothing is waited for, the time is the fault's own."""
    time.sleep(seconds)
