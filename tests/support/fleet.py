"""A fleet for tests: a real Kafka, a private PostgreSQL, workers and mocked services.

Everything listens on 127.0.0.1, lives in a folder of its own, and ends with the `with`
block, however that is left. What the program did is judged here by other people's clients:
confluent-kafka (its own librdkafka) and psql."""

import base64
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUPPORT = ROOT / "tests" / "support"
EXAMPLE = ROOT / "deploy" / "examples" / "book-summary"
PROGRAM = pathlib.Path(os.environ.get("PROGRAM_UNDER_TEST", ROOT / "build" / "xorca"))


class Failed(AssertionError):
    """What a scenario expected and did not find."""


def expect(condition, message):
    if not condition:
        raise Failed(message)


def wait_until(condition, seconds, message):
    """Polls until condition() is true; its last value is returned."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds} s: {message() if callable(message) else message}")
        time.sleep(0.05)


def free_port():
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def subject_of(process_id, name="book-summary", version="1.0.0"):
    text = json.dumps({"processId": process_id, "name": name, "version": version},
                      separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def patient_example(folder):
    """The example with deadlines that no fleet in torment can miss, nor one whose clock jumps by
    an hour: a deadline that passes is no fault of the protocol."""
    definitions = folder / "definitions"
    definitions.mkdir()
    text = (EXAMPLE / "book-summary.json").read_text()
    (definitions / "book-summary.json").write_text(re.sub(r'"(30|60)s"', '"3h"', text))
    return definitions


class Server:
    """A server that one of tests/support/*.sh starts and stops."""

    def __init__(self, script, folder, options=()):
        self.script, self.folder, self.options = SUPPORT / script, folder, list(options)
        self.environment = {}  # beside this process's own
        self.variables = {}

    def start(self):
        self.begin("start", *self.options)

    def begin(self, verb, *arguments):
        """Starts it by this verb of the script, and learns where it is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([self.script, verb, self.folder, *map(str, arguments)], check=True,
                       env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE)
        text = (self.folder / "environment").read_text()
        self.variables = dict(re.findall(r"^(?:export )?(\w+)='?([^'\n]*)'?$", text, re.M))

    def run(self, verb, *arguments):
        subprocess.run([self.script, verb, self.folder, *map(str, arguments)], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


class Program:
    """A running `xorca …` with its output in files; `under` is a command that runs it, or none."""

    def __init__(self, name, arguments, environment, folder, under=()):
        self.name, self.log = name, folder / f"{name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*under, PROGRAM, *map(str, arguments)],
                                            env=environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)

    def text(self):
        return self.log.read_text(errors="replace")

    def wait_for(self, words, seconds=20):
        wait_until(lambda: words in self.text(), seconds,
                   lambda: f"{self.name} says {words!r}; it said:\n{self.text()[-3000:]}")

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, seconds=25):
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failed(f"{self.name} did not end within {seconds} s of signal {number}; it "
                         f"said:\n{self.text()[-3000:]}") from None


class Fleet(contextlib.ExitStack):
    """Kafka and PostgreSQL, ready; workers and mocks as the scenario wants them."""

    def __init__(self, folder=None, fsync="on", lanes=4, migrate=True, topics=True,
                 kafka_options=(), postgres_options=()):
        super().__init__()
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="xorca-test-"))
        # PostgreSQL runs as a user of its own when we are root.
        self.folder.chmod(0o755)
        self.lanes = lanes
        self.migrate_first, self.topics_first = migrate, topics
        self.kafka = Server("kafka.sh", self.folder / "kafka", ["--partitions", str(lanes), *kafka_options])
        self.postgres = Server("postgres.sh", self.folder / "postgres", ["--fsync", fsync, *postgres_options])
        self.programs = []

    def __enter__(self):
        super().__enter__()
        try:
            self.callback(shutil.rmtree, self.folder, ignore_errors=True)
            for server in (self.kafka, self.postgres):
                self.callback(self._stop_server, server)
                server.start()
            self.callback(self._stop_programs)
            if self.migrate_first:
                self.run("migrate")
            if self.topics_first:
                self.run("topics", EXAMPLE, "--create", "--partitions", self.lanes)
        except BaseException:
            self.close()
            raise
        return self

    @staticmethod
    def _stop_server(server):
        subprocess.run([server.script, "stop", server.folder], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _stop_programs(self):
        for program in self.programs:
            if program.process.poll() is None:
                program.process.kill()
                program.process.wait()

    @property
    def bootstrap(self):
        return self.kafka.variables["XORCA_TEST_KAFKA_BOOTSTRAP"]

    @property
    def database_url(self):
        return self.postgres.variables["XORCA_TEST_DATABASE_URL"]

    def environment(self, **settings):
        base = {name: value for name, value in os.environ.items() if not name.startswith("XORCA_")}
        base.update(XORCA_KAFKA_BOOTSTRAP_SERVERS=self.bootstrap,
                    XORCA_DATABASE_URL=self.database_url,
                    XORCA_DEFINITIONS=str(EXAMPLE),
                    XORCA_KAFKA_SESSION_TIMEOUT_MS="6000",
                    XORCA_LANE_EVICT_MS="5000")
        base.update({f"XORCA_{name}": str(value) for name, value in settings.items()})
        return base

    def run(self, *arguments, check=True, stdin=None, seconds=180, **settings):
        """A command to its end; its result as subprocess has it."""
        result = subprocess.run([PROGRAM, *map(str, arguments)], env=self.environment(**settings),
                                input=stdin, stdin=None if stdin else subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=seconds)
        if check and result.returncode != 0:
            raise Failed(f"xorca {arguments[0]} ended with {result.returncode}: {result.stderr}")
        return result

    def start(self, name, *arguments, under=(), **settings):
        program = Program(name, arguments, self.environment(**settings), self.folder, under)
        self.programs.append(program)
        return program

    def worker(self, name="worker", wait=True, **settings):
        program = self.start(name, "worker", **settings)
        if wait:
            program.wait_for("worker running")
        return program

    def mock(self, services=EXAMPLE / "services.json", name="mock"):
        return self.start(name, "mock", services)

    # --- What is in Kafka, by another client ------------------------------------------

    def producer(self, **properties):
        return Producer({"bootstrap.servers": self.bootstrap, "partitioner": "murmur2_random",
                         "message.max.bytes": 40_000_000, **properties})

    def send(self, topic, value, key=None, headers=None, partition=-1):
        """One record, as it is."""
        producer, failed = self.producer(), []
        producer.produce(topic, value=value, key=key, headers=headers or [], partition=partition,
                         on_delivery=lambda error, _: error and failed.append(error))
        producer.flush(20)
        expect(not failed, f"the record for {topic} was not delivered: {failed}")

    def send_event(self, type_, subject, data, key=None, topic=None, **attributes):
        """One CloudEvent in binary mode, written here by hand."""
        attributes = {"specversion": "1.0", "id": os.urandom(8).hex(), "source": "/test",
                      "type": type_, "subject": subject, **attributes}
        headers = [(f"ce_{name}", str(value).encode()) for name, value in attributes.items()
                   if value is not None]
        headers.append(("content-type", b"application/json"))
        self.send(topic or type_, json.dumps(data).encode(),
                  key=(key if key is not None else subject or "").encode(), headers=headers)
        return attributes["id"]

    def topics(self):
        return Consumer({"bootstrap.servers": self.bootstrap, "group.id": "test"}) \
            .list_topics(timeout=20).topics

    def read(self, pattern, isolation="read_committed"):
        """All records of the topics that match, to their ends now; per partition in order."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "test-reader",
                             "enable.auto.commit": False, "isolation.level": isolation,
                             "enable.partition.eof": True, "auto.offset.reset": "earliest",
                             "fetch.message.max.bytes": 40_000_000,
                             "receive.message.max.bytes": 100_000_000})
        partitions = [TopicPartition(name, number, OFFSET_BEGINNING)
                      for name, topic in consumer.list_topics(timeout=20).topics.items()
                      if re.fullmatch(pattern, name) for number in topic.partitions]
        records, open_ends = [], len(partitions)
        consumer.assign(partitions)
        deadline = time.monotonic() + 120
        while open_ends > 0:
            expect(time.monotonic() < deadline, f"topics {pattern} could not be read to their end")
            for message in consumer.consume(1000, timeout=1):
                if message.error() is None:
                    records.append(message)
                elif message.error().name() == "_PARTITION_EOF":
                    open_ends -= 1
                else:
                    raise Failed(f"reading {pattern}: {message.error()}")
        consumer.close()
        return records

    # --- What is in PostgreSQL, by another client ---------------------------------------

    def sql(self, statement):
        """Rows of text."""
        result = subprocess.run(["psql", "-X", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1",
                                 "-d", self.database_url, "-c", statement],
                                capture_output=True, text=True, check=False)
        expect(result.returncode == 0, f"psql: {result.stderr}")
        return [line.split("\t") for line in result.stdout.splitlines()]


def headers_of(message):
    return {name: (value or b"").decode(errors="replace") for name, value in message.headers() or []}


def attributes_of(message):
    """The CloudEvents attributes of a record in binary mode."""
    return {name[3:]: value for name, value in headers_of(message).items()
            if name.startswith("ce_")}


def run_scenarios(scenarios, arguments):
    """Runs (name, function) pairs, or those that are named; prints what suites print."""
    wanted = [(name, scenario) for name, scenario in scenarios
              if not arguments or name in arguments]
    unknown = set(arguments) - {name for name, _ in scenarios}
    if unknown:
        print(f"no such scenario: {', '.join(sorted(unknown))}; there are "
              f"{', '.join(name for name, _ in scenarios)}")
        return 2
    failed = 0
    for name, scenario in wanted:
        begun = time.monotonic()
        try:
            scenario()
            print(f"ok   {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        except Exception as error:  # whatever it was, the other scenarios still run
            failed += 1
            print(f"FAIL {name} ({time.monotonic() - begun:.1f} s)\n     "
                  + (str(error) or repr(error)).replace("\n", "\n     "), flush=True)
    print(f"{len(wanted) - failed} passed, {failed} failed")
    return 1 if failed else 0
