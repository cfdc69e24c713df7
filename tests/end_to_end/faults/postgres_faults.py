"""What happens to PostgreSQL."""

import json
import pathlib
import subprocess
import time

from cluster import fault, pause
from fleet import EXAMPLE, Server, expect, wait_until


def admin_sql(cluster, statement):
    """As the superuser, in the orchestrations' database."""
    url = cluster.postgres.variables["XORCA_TEST_ADMIN_URL"].removesuffix("/postgres") + "/xorca"
    result = subprocess.run(["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c",
                             statement], capture_output=True, text=True, check=False)
    expect(result.returncode == 0, f"psql: {result.stderr}")
    return result.stdout.split()


class Session:
    """A session of somebody else that does something and keeps what it has got."""

    def __init__(self, cluster, statement):
        url = cluster.postgres.variables["XORCA_TEST_ADMIN_URL"].removesuffix("/postgres") + "/xorca"
        self.process = subprocess.Popen(["psql", "-X", "-q", "-d", url], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        cluster.callback(self.end)
        self.process.stdin.write(f"{statement};\n\\echo ready\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line == "ready\n":
                break

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@fault()
def postgres_killed(cluster):
    """Immediate shutdown and a restart: what was not committed is gone, and nothing else."""
    cluster.begin()
    cluster.postgres.run("kill")
    cluster.say("lane waits and tries again")
    cluster.postgres.start()
    cluster.wait_for_more()


@fault(nodes=1)
def backends_terminated(cluster):
    """Somebody ends the workers' sessions, again and again."""
    cluster.begin()
    for _ in range(3):
        admin_sql(cluster, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                           "WHERE application_name LIKE 'xorca%'")
        cluster.wait_for_more()
    cluster.somebody_says("lane waits and tries again", "57P01")


@fault(nodes=1, DATABASE_TIMEOUT_MS=3000)
def postgres_black_hole(cluster):
    """The database accepts and never answers one of the workers: its lanes give up by themselves,
    those of the other go on."""
    proxy = cluster.proxy()
    cluster.begin(first={"DATABASE_URL": cluster.postgres_by(proxy)})
    proxy.hang("postgres")
    first, second = cluster.workers
    cluster.say("lane waits and tries again", "no answer", workers=[first], seconds=30)
    cluster.say("lane waits and tries again", "no answer in time", workers=[first], seconds=60)
    expect(not cluster.lines(second, "lane waits"), "the other worker's lanes live")
    proxy.heal("postgres")
    cluster.wait_for_more()


@fault(nodes=1, DATABASE_TIMEOUT_MS=3000)
def postgres_half_open(cluster):
    """What a worker sends is lost, and nobody tells it: a firewall has forgotten the connection."""
    proxy = cluster.proxy()
    cluster.begin(first={"DATABASE_URL": cluster.postgres_by(proxy)})
    proxy.hang("postgres", ["upstream"])
    cluster.say("lane waits and tries again", "no answer", workers=cluster.workers[:1], seconds=30)
    proxy.heal("postgres")
    cluster.wait_for_more()


@fault(nodes=1, DATABASE_TIMEOUT_MS=3000)
def statement_timeout(cluster):
    """Somebody holds a lock on a table for longer than a statement may take."""
    cluster.begin()
    somebody = Session(cluster, "BEGIN; LOCK TABLE xorca.orchestration")
    cluster.somebody_says("lane waits and tries again", "statement timeout (57014)")
    somebody.end()
    cluster.wait_for_more()


@fault(nodes=1, postgres=["--set", "max_locks_per_transaction=10", "--set", "max_connections=30"])
def lock_table_full(cluster):
    """Somebody takes all locks that the server has room for."""
    cluster.begin()
    somebody = Session(cluster, "DO $$ BEGIN FOR n IN 1 .. 1000000 LOOP PERFORM pg_advisory_lock(n);"
                                " END LOOP; EXCEPTION WHEN out_of_memory THEN END $$")
    cluster.somebody_says("lane waits and tries again", "out of shared memory (53200)")
    pause(2)
    somebody.end()
    cluster.wait_for_more()


@fault(nodes=1)
def disk_full(cluster):
    """The disk of the tables is full, until somebody makes room."""
    disk = cluster.folder / "disk"
    disk.mkdir()
    owner = (cluster.postgres.folder / "data").stat()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=1m,uid={owner.st_uid},gid={owner.st_gid}",
                    "tmpfs", disk], check=True)
    cluster.callback(subprocess.run, ["umount", "--lazy", disk], check=False)
    admin_sql(cluster, f"CREATE TABLESPACE small LOCATION '{disk}'")
    admin_sql(cluster, "ALTER TABLE xorca.orchestration SET TABLESPACE small")
    cluster.begin(completed=0)
    cluster.somebody_says("lane waits and tries again", "No space left on device (53100)")
    pause(2)
    subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
    cluster.wait_for_more()


def standby_of(cluster, proxy):
    """A standby that follows by way of the proxy's route "replication"."""
    address = cluster.database_url.partition("@")[2].partition("/")[0]
    link = proxy.route("replication", address)
    standby = Server("postgres.sh", cluster.folder / "standby")
    cluster.stop_in_the_end(standby)
    standby.begin("standby", cluster.postgres.folder, link.rpartition(":")[2])
    return standby


def url_of_both(primary, standby):
    """As people write it for two servers, of which one can be written."""
    other = standby.variables["XORCA_TEST_DATABASE_URL"].partition("@")[2]
    return (primary.removesuffix("/xorca") + "," + other
            + "?target_session_attrs=read-write&connect_timeout=3")


def stopped_lanes(cluster):
    """Those that `xorca lanes` says of that they cannot go on."""
    shown = cluster.run("lanes", "--json", check=False)
    lanes = [json.loads(line) for line in shown.stdout.splitlines()]
    stopped = [lane["lane"] for lane in lanes if lane["state"] != "ok"]
    expect(shown.returncode == (1 if stopped else 0), f"its status says so, too: {shown}")
    return stopped


def resume(cluster, lane, words):
    """By the command that the lane's message names."""
    asked = cluster.run("lanes", "resume", "--lane", lane, check=False)
    expect(asked.returncode == 1 and "--yes" in asked.stderr, f"it does nothing unasked: {asked}")
    told = cluster.run("lanes", "resume", "--lane", lane, "--yes").stdout
    expect(words in told, f"it says what happened: {told}")
    again = cluster.run("lanes", "resume", "--lane", lane, "--yes", check=False)
    expect(again.returncode == 2 and "is fine" in again.stderr, f"once is enough: {again}")


def without_races(cluster):
    """The example's services, but that no check ever fails: whichever of the two checks answers
    first, the same follows. Where another order leads elsewhere, so may what is done again."""
    services = json.loads((EXAMPLE / "services.json").read_text())
    for service in services["services"]:
        for answer in service["answers"]:
            if answer["data"].get("passed") is False:
                answer["weight"] = 0
    path = cluster.folder / "services.json"
    path.write_text(json.dumps(services))
    return path


@fault(nodes=1, repeats=True)
def postgres_fails_over(cluster):
    """A standby takes over that lacks the last transactions: lanes of which something was published
    stop; `xorca lanes resume` lets them go on, and what they repeat has the same ids."""
    cluster.services = without_races(cluster)
    proxy = cluster.proxy()
    standby = standby_of(cluster, proxy)
    cluster.settings["DATABASE_URL"] = url_of_both(cluster.database_url, standby)
    cluster.begin()
    proxy.cut("replication")
    cluster.wait_for_more()
    cluster.postgres.run("kill")
    standby.run("promote")
    cluster.postgres = standby
    cluster.somebody_says("PostgreSQL went backwards", "xorca lanes resume")
    pause(2)
    stopped = stopped_lanes(cluster)
    expect(stopped, "xorca lanes shows them")
    for lane in stopped:
        resume(cluster, lane, "Outbox row")
    expect(not stopped_lanes(cluster), "none is stopped any more")
    cluster.somebody_says("lane begins anew where PostgreSQL is")
    cluster.wait_for_more()


@fault(nodes=1, DATABASE_TIMEOUT_MS=3000)
def postgres_primary_hangs(cluster):
    """The primary accepts and stays silent, and a standby that has everything takes over: it is
    asked although the first host of the URL hides it, and nothing is sent twice."""
    proxy = cluster.proxy()
    standby = standby_of(cluster, proxy)
    cluster.settings["DATABASE_URL"] = url_of_both(cluster.postgres_by(proxy), standby)
    cluster.begin()
    proxy.hang("postgres")
    cluster.say("lane waits and tries again", "no answer", seconds=30)
    end = admin_sql(cluster, "SELECT pg_current_wal_lsn()")[0]
    cluster.postgres = standby
    wait_until(lambda: admin_sql(cluster, f"SELECT pg_last_wal_replay_lsn() >= '{end}'") == ["t"],
               20, "the standby has everything")
    standby.run("promote")
    cluster.wait_for_more()


@fault(nodes=1)
def clock_jumps(cluster):
    """The database's clock, by which workers go, jumps forward by an hour, and back, and back by
    another."""
    clock = cluster.folder / "clock"
    clock.write_text("+0\n")
    cluster.postgres.run("stop")
    cluster.postgres.environment = {"LD_PRELOAD": faketime(), "FAKETIME_CACHE_DURATION": "1",
                                    "FAKETIME_TIMESTAMP_FILE": str(clock)}
    cluster.postgres.start()
    cluster.begin()
    for jump in ("+3600", "+0", "-3600", "+0"):
        clock.write_text(f"{jump}\n")
        pause(2)
        now = int(cluster.sql("SELECT extract(epoch FROM clock_timestamp())::int8")[0][0])
        expect(abs(now - time.time() - int(jump)) < 60, f"the clock has jumped by {jump}: {now}")
    cluster.wait_for_more()


def faketime():
    """The library that lies about the time."""
    found = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    expect(found, "libfaketime is missing (Debian: apt-get install libfaketime)")
    return str(found[0])
