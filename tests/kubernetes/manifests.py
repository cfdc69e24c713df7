#!/usr/bin/env python3
"""The manifests of deploy/kubernetes, judged by other people's programs: kustomize renders them, kubernetes-validate holds
them to Kubernetes' own schemas, promtool to Prometheus' rules; and the settings in them to the program itself."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import kubernetes_validate
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from fleet import PROGRAM, ROOT, SUPPORT, expect, run_scenarios  # noqa: E402

MANIFESTS = ROOT / "deploy" / "kubernetes"
FOLDERS = ["base", "autoscaling", "monitoring", "statefulset"]
# The oldest release whose schemas the validator has and that has every field used here; the newest.
VERSIONS = ["1.27", kubernetes_validate.latest_version()]
# Of other projects: no schemas of Kubernetes' own.
FOREIGN_KINDS = {"ScaledObject", "PodMonitor", "PrometheusRule"}


def render(folder):
    result = subprocess.run([SUPPORT / "kustomize.sh", MANIFESTS / folder], capture_output=True,
                            text=True)
    expect(result.returncode == 0 and not result.stderr, f"{folder}: {result.stderr}")
    return {document["kind"]: document for document in yaml.safe_load_all(result.stdout)}


def strictly_valid():
    for folder in FOLDERS:
        kinds = render(folder)
        workers = "StatefulSet" if folder == "statefulset" else "Deployment"
        expect({workers, "ServiceAccount", "ConfigMap", "PodDisruptionBudget"} <= set(kinds),
               f"{folder} has {sorted(kinds)}")
        for kind, document in kinds.items():
            for version in VERSIONS if kind not in FOREIGN_KINDS else []:
                try:
                    kubernetes_validate.validate(document, version, strict=True)
                except Exception as error:
                    raise AssertionError(f"{folder}, {kind}, Kubernetes {version}: {error}") from None


def a_wrong_field_is_found():
    """The judge judges."""
    deployment = render("base")["Deployment"]
    deployment["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    try:
        kubernetes_validate.validate(deployment, VERSIONS[-1], strict=True)
    except Exception:
        return
    raise AssertionError("a misspelt field passes")


def settings_are_the_programs():
    data = render("base")["ConfigMap"]["data"]
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("XORCA_")}
    result = subprocess.run([PROGRAM, "worker", "--print-settings"], env={**environment, **data},
                            capture_output=True, text=True)
    expect(result.returncode == 0, result.stderr)
    for name, value in data.items():
        expect(re.search(rf"^{name} +{re.escape(value)} +environment$", result.stdout, re.M),
               f"{name}={value} in\n{result.stdout}")


def names_agree():
    kinds = render("base")
    pod = kinds["Deployment"]["spec"]["template"]
    worker, data = pod["spec"]["containers"][0], kinds["ConfigMap"]["data"]
    port = next(port for port in worker["ports"] if port["name"] == "http")["containerPort"]
    expect(str(port) == data["XORCA_HTTP_PORT"], "the port is the setting's")
    for probe in ("livenessProbe", "readinessProbe"):
        expect(worker[probe]["httpGet"]["port"] == "http", f"{probe} asks that port")
    mounts = [mount["mountPath"] for mount in worker["volumeMounts"]]
    expect(data["XORCA_DEFINITIONS"] in mounts, "definitions are mounted where they are looked for")
    grace_ms = 1000 * pod["spec"]["terminationGracePeriodSeconds"]
    expect(grace_ms > int(data["XORCA_DRAIN_TIMEOUT_MS"]), "there is time to drain")
    expect(pod["spec"]["enableServiceLinks"] is False, "no Service adds settings")
    for selector in (kinds["Deployment"]["spec"]["selector"],
                     kinds["PodDisruptionBudget"]["spec"]["selector"],
                     render("monitoring")["PodMonitor"]["spec"]["selector"]):
        expect(selector["matchLabels"].items() <= pod["metadata"]["labels"].items(),
               f"{selector} selects the pods")
    scaled = render("autoscaling")
    expect("replicas" not in scaled["Deployment"]["spec"], "KEDA alone says how many")
    trigger = scaled["ScaledObject"]["spec"]["triggers"][0]["metadata"]
    expect(trigger["consumerGroup"] == data["XORCA_GROUP"], "KEDA looks at the workers' group")
    expect(trigger["bootstrapServersFromEnv"] in data, "and asks the workers' brokers")
    expect(scaled["ScaledObject"]["spec"]["scaleTargetRef"]["name"] ==
           scaled["Deployment"]["metadata"]["name"], "it scales the Deployment")


def names_are_kept():
    """A pod's name is its worker's in the group, by a setting that the program takes."""
    kinds = render("statefulset")
    spec = kinds["StatefulSet"]["spec"]
    expect(spec["serviceName"] == kinds["Service"]["metadata"]["name"], "its Service is there")
    expect(kinds["Service"]["spec"]["selector"].items() <= spec["template"]["metadata"]["labels"].items(),
           "which selects the pods")
    environment = {variable["name"]: variable for variable in
                   spec["template"]["spec"]["containers"][0]["env"]}
    name = environment["XORCA_KAFKA_GROUP_INSTANCE_ID"]["valueFrom"]["fieldRef"]["fieldPath"]
    expect(name == "metadata.name", "the name of the pod")
    given = {variable: entry.get("value", "xorca-0") for variable, entry in environment.items()}
    result = subprocess.run([PROGRAM, "worker", "--print-settings"], env=given, capture_output=True,
                            text=True)
    expect(result.returncode == 0, result.stderr)
    session_ms = int(given["XORCA_KAFKA_SESSION_TIMEOUT_MS"])
    grace_ms = 1000 * spec["template"]["spec"]["terminationGracePeriodSeconds"]
    expect(session_ms > grace_ms, "a pod is back within its session")


def confined():
    """What Pod Security's level `restricted` asks for, and a read-only root."""
    spec = render("base")["Deployment"]["spec"]["template"]["spec"]
    expect(spec["securityContext"]["runAsNonRoot"], "not as root")
    expect(spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", "seccomp")
    for container in spec["initContainers"] + spec["containers"]:
        context = container["securityContext"]
        expect(context["allowPrivilegeEscalation"] is False and
               context["capabilities"]["drop"] == ["ALL"] and
               context["readOnlyRootFilesystem"], f"{container['name']} is confined")


def promtool(folder, *arguments):
    result = subprocess.run([SUPPORT / "prometheus.sh", "promtool", *arguments], cwd=folder,
                            capture_output=True, text=True)
    expect(result.returncode == 0, f"promtool {arguments[0]}: {result.stdout}{result.stderr}")


def alerts_fire_when_they_should():
    rules = render("monitoring")["PrometheusRule"]["spec"]
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "rules.yaml").write_text(yaml.safe_dump(rules))
        tests = pathlib.Path(__file__).with_name("alerts_test.yaml").read_text()
        (pathlib.Path(folder) / "alerts_test.yaml").write_text(tests)
        promtool(folder, "check", "rules", "rules.yaml")
        promtool(folder, "test", "rules", "alerts_test.yaml")
    for rule in rules["groups"][0]["rules"]:
        expect(f"alertname: {rule['alert']}" in tests, f"{rule['alert']} is tested")


def metrics_exist_and_are_explained():
    source = (ROOT / "worker" / "metrics.c").read_text()
    written = set(re.findall(r'"(xorca_\w+)"', source))
    asked = set(re.findall(r"xorca_[a-z_]+", yaml.safe_dump(render("monitoring")["PrometheusRule"])))
    explained = set(re.findall(r"`(xorca_\w+)`", (ROOT / "deploy" / "README.md").read_text()))
    expect(asked <= written, f"alerts ask for {sorted(asked - written)}")
    expect(written == explained, f"deploy/README.md and metrics.c differ by {sorted(written ^ explained)}")


def main():
    scenarios = [strictly_valid, a_wrong_field_is_found, settings_are_the_programs, names_agree,
                 names_are_kept, confined, alerts_fire_when_they_should, metrics_exist_and_are_explained]
    return run_scenarios([(scenario.__name__.replace("_", "-"), scenario)
                          for scenario in scenarios], sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
