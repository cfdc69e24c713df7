#!/usr/bin/env python3
"""The container image: built from deploy/Containerfile as anybody would, and run as Kubernetes runs it: not as root, on a
root file system that cannot be written, without capabilities, in little memory, with Kafka and PostgreSQL outside it.

A registry is not asked: where debian:12-slim is not among the local images, mmdebstrap makes its equal from Debian's
packages. Needs root, or a user whom podman serves."""

import contextlib
import os
import pathlib
import json
import subprocess
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from fleet import EXAMPLE, ROOT, Fleet, expect, free_port, run_scenarios, wait_until  # noqa: E402

BASE, IMAGE = "docker.io/library/debian:12-slim", "localhost/xorca:test"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "xorca-tests"
SIZE_MAX = 40_000_000
# crun, podman's default, does not start where cgroups are of both versions. The limits are set, because a sandbox may not
# let podman raise them to its own.
RUN = ["podman", "--runtime", "runc", "run", "--rm", "--network", "host", "--read-only",
       "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--memory", "128m",
       "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
PORT = free_port()


def run(*arguments, check=True, **options):
    result = subprocess.run([*map(str, arguments)], capture_output=True, text=True, **options)
    expect(not check or result.returncode == 0,
           f"{' '.join(map(str, arguments[:3]))}: {result.stdout[-1500:]}{result.stderr[-1500:]}")
    return result


def need_base():
    if run("podman", "image", "exists", BASE, check=False).returncode == 0:
        return
    archive = CACHE / "image" / "base.tar"
    if not archive.exists():
        archive.parent.mkdir(parents=True, exist_ok=True)
        run("mmdebstrap", "--variant=minbase", "bookworm", archive.with_suffix(".new.tar"))
        archive.with_suffix(".new.tar").rename(archive)
    run("podman", "import", archive, BASE)


def built():
    need_base()
    run("buildah", "bud", "--layers", "--pull-never", "--isolation", "chroot", "-t", IMAGE, "-f",
        ROOT / "deploy" / "Containerfile", ROOT)


def small_and_bare():
    image = json.loads(run("podman", "image", "inspect", IMAGE).stdout)[0]
    expect(image["Size"] < SIZE_MAX, f"{image['Size']} bytes are less than {SIZE_MAX}")
    expect(image["Config"]["User"] == "65532:65532", "it runs as nobody in particular")
    files = run("podman", "image", "mount", IMAGE).stdout.strip()
    try:
        programs = [path.name for folder in ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin")
                    for path in (pathlib.Path(files) / folder).glob("*")]
        packages = {path.name for path in (pathlib.Path(files) / "var/lib/dpkg/status.d").iterdir()}
    finally:
        run("podman", "image", "unmount", IMAGE)
    expect(programs == ["xorca"], f"the only program: {programs}")
    expect({"libc6", "libpq5", "librdkafka1", "libyajl2", "libmicrohttpd12", "tzdata"} <= packages,
           f"scanners find the packages: {sorted(packages)}")


def versions():
    text = run(*RUN, IMAGE, "--version").stdout
    for library in ("xorca ", "librdkafka 2.", "libpq 15.", "yajl 2."):
        expect(library in text, f"{library!r} in {text}")


def time_zones():
    """Of the database that the image brings; Berlin is two hours ahead in July."""
    text = run(*RUN, IMAGE, "eval", 'timestamp("2026-07-01T00:00:00Z").getHours("Europe/Berlin")')
    expect(json.loads(text.stdout) == {"type": "int", "value": "2"}, text.stdout)


def in_the_image(fleet, name, *arguments, options=(), **settings):
    """A command of the image, with the fleet's settings and no others."""
    environment = {key: value for key, value in fleet.environment(**settings).items()
                   if key.startswith("XORCA_") and key != "XORCA_DEFINITIONS"}
    variables = [word for key, value in environment.items() for word in ("--env", f"{key}={value}")]
    return [*RUN, "--name", name, *variables, *options, IMAGE, *arguments]


@contextlib.contextmanager
def config_map(fleet):
    """Definitions as Kubernetes mounts them: names that are links to a folder that is a link."""
    folder = fleet.folder / "definitions"
    (folder / "..2026_01_01").mkdir(parents=True)
    (folder / "..2026_01_01" / "book-summary.json").write_bytes(
        (EXAMPLE / "book-summary.json").read_bytes())
    (folder / "..data").symlink_to("..2026_01_01")
    (folder / "book-summary.json").symlink_to("..data/book-summary.json")
    yield folder


def readyz():
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def orchestrates():
    with Fleet(fsync="off", migrate=False, lanes=2) as fleet, config_map(fleet) as definitions:
        name = f"xorca-test-{os.getpid()}"
        for _ in range(2):  # as each pod of a Deployment does
            run(*in_the_image(fleet, name, "migrate"))
        worker = subprocess.Popen(
            in_the_image(fleet, name, "worker", HTTP_PORT=PORT, HTTP_ADDRESS="0.0.0.0",
                         options=["--volume", f"{definitions}:/etc/xorca/definitions:ro",
                                  "--env", "XORCA_DEFINITIONS=/etc/xorca/definitions"]),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            wait_until(lambda: readyz() or worker.poll() is not None, 60, "it is ready")
            fleet.mock()
            started = fleet.run("start", "book-summary", "--input", f"@{EXAMPLE}/input.json",
                                "--process-id", "in-the-image", "--wait")
            expect("completed" in started.stdout or started.returncode == 0, started.stdout)
        finally:
            run("podman", "stop", "--time", 20, name, check=False)
            log = worker.communicate(timeout=30)[0]
        expect(worker.returncode == 0, f"it ends in good order: {worker.returncode}\n{log[-2000:]}")
        expect("lane drained" in log and "worker stopped" in log, log[-2000:])


def main():
    scenarios = [built, small_and_bare, versions, time_zones, orchestrates]
    return run_scenarios([(scenario.__name__.replace("_", "-"), scenario)
                          for scenario in scenarios], sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
