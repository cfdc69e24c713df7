#!/usr/bin/env python3
"""The manifests of deploy/kubernetes, applied to a real API server: what it refuses, what it keeps, and what the controllers
and the scheduler of the same release make of it. Every namespace holds its pods to Pod Security's level `restricted`."""

import copy
import functools
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from control_plane import PROGRAMS, ControlPlane  # noqa: E402
from fleet import EXAMPLE, expect, run_scenarios, wait_until  # noqa: E402
from manifests import FOLDERS, MANIFESTS, render  # noqa: E402

STRICT = ["apply", "--validate=strict"]


def new_namespace(plane, name):
    """With the Secret, which is not among the manifests."""
    level = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    plane.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": level}})
    plane.kubectl("-n", name, "create", "secret", "generic", "xorca",
                  "--from-literal=XORCA_DATABASE_URL=postgresql://database.example.com/xorca")
    return name


def deployed(plane, name, folder="base"):
    """A namespace of that name, with the manifests of a folder and two workers that are ready."""
    namespace = new_namespace(plane, name)
    plane.kubectl("-n", namespace, *STRICT, "-k", MANIFESTS / folder)
    for pod in plane.wait_for_pods(namespace, 2):
        plane.report(namespace, pod, ready=True)
    kind = "statefulset" if folder == "statefulset" else "deployment"
    plane.kubectl("-n", namespace, "rollout", "status", f"{kind}/xorca", "--timeout=120s")
    return namespace


def differences(wanted, actual, path=""):
    """Where an object is not what was applied. What the API server adds, defaults and status, is its own."""
    if isinstance(wanted, dict) and isinstance(actual, dict):
        return [difference for key, value in wanted.items()
                for difference in differences(value, actual.get(key), f"{path}.{key}")]
    if isinstance(wanted, list) and isinstance(actual, list) and len(wanted) == len(actual):
        return [difference for index, value in enumerate(wanted)
                for difference in differences(value, actual[index], f"{path}[{index}]")]
    return [] if wanted == actual else [f"{path} is {actual!r}, not {wanted!r}"]


def expect_references(plane, namespace, pod_spec):
    """What containers take their settings from is there."""
    for container in pod_spec["initContainers"] + pod_spec["containers"]:
        expect(len(container["envFrom"]) == 2, f"{container['name']} has a ConfigMap and a Secret")
        for source in container["envFrom"]:
            for kind, reference in source.items():
                plane.get(namespace, kind.removesuffix("Ref"), reference["name"])


def is_kept(plane, folder):
    """Dry, which leaves nothing; then really, and the API server has every field of every object."""
    namespace, documents = new_namespace(plane, f"kept-{folder}"), render(folder)
    plane.kubectl("-n", namespace, *STRICT, "--dry-run=server", "-k", MANIFESTS / folder)
    left = plane.kubectl("-n", namespace, "get", "-k", MANIFESTS / folder, "--ignore-not-found", "-o", "name")
    expect(not left, f"a dry run left {left}")
    plane.kubectl("-n", namespace, *STRICT, "-k", MANIFESTS / folder)
    for kind, document in documents.items():
        found = differences(document, plane.get(namespace, kind, document["metadata"]["name"]), kind)
        expect(not found, "\n".join(found))
    workers = documents.get("Deployment") or documents["StatefulSet"]
    expect_references(plane, namespace, workers["spec"]["template"]["spec"])


def wrong_fields_are_refused(plane):
    """The judge judges."""
    namespace = new_namespace(plane, "wrong")
    plane.kubectl("-n", namespace, *STRICT, "-k", MANIFESTS / "base")
    for folder, kind, path, value, complaint in [
            ("base", "Deployment", "spec.template.spec.containers.0.livenesProbe", {}, "unknown field"),
            ("base", "Deployment", "spec.template.spec.containers.0.resources.requests.memory", "1Gi",
             "must be less than or equal to memory limit"),
            ("base", "Deployment", "spec.selector.matchLabels", {"app.kubernetes.io/name": "other"},
             "field is immutable"),
            ("base", "PodDisruptionBudget", "spec.minAvailable", 1, "cannot be both set"),
            ("autoscaling", "ScaledObject", "spec.minReplicas", 2, "unknown field"),
            ("autoscaling", "ScaledObject", "spec.triggers.0.metadata.lagThreshold", 5000, "must be of type string"),
            ("monitoring", "PodMonitor", "spec.podMetricsEndpoints.0.interval", "soon", "should match"),
            ("monitoring", "PrometheusRule", "spec.groups.0.rules.0.for", "long", "should match")]:
        document = render(folder)[kind]
        *parents, last = path.split(".")
        parent = functools.reduce(lambda at, key: at[int(key) if key.isdigit() else key], parents, document)
        parent[last] = value
        refusal = plane.refusal("-n", namespace, *STRICT, "--dry-run=server", "-f", "-", object_=document)
        expect(complaint in refusal, f"{kind} with {path}={value!r}: {refusal or 'it passes'}")


def a_pod_of(document):
    template = copy.deepcopy(document["spec"]["template"])
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "alone", **template["metadata"]},
            "spec": template["spec"]}


def pods_are_admitted_as_restricted(plane):
    namespace, pod = new_namespace(plane, "restricted"), a_pod_of(render("base")["Deployment"])
    plane.kubectl("-n", namespace, *STRICT, "-k", MANIFESTS / "base")
    plane.create(pod, "-n", namespace)
    volumes = plane.get(namespace, "pod", "alone")["spec"]["volumes"]
    expect([volume["name"] for volume in volumes] == ["definitions"],
           f"no token for Kubernetes is mounted: {volumes}")
    # What the manifests do for it, each undone: without that, the level refuses the pod.
    worker = pod["spec"]["containers"][0]["securityContext"]
    for context, change in [(pod["spec"]["securityContext"], {"runAsNonRoot": False}),
                            (pod["spec"]["securityContext"], {"seccompProfile": {"type": "Unconfined"}}),
                            (pod["spec"]["securityContext"], {"runAsUser": 0}),
                            (worker, {"allowPrivilegeEscalation": True}),
                            (worker, {"capabilities": {}})]:
        before = dict(context)
        context.update(change)
        refusal = plane.refusal("-n", namespace, "create", "--dry-run=server", "-f", "-", object_=pod)
        expect('violates PodSecurity "restricted' in refusal, f"a pod with {change}: {refusal or 'it passes'}")
        context.clear()
        context.update(before)


def nodes_are_drained_one_worker_at_a_time(plane):
    namespace = deployed(plane, "drained")
    wait_until(lambda: plane.get(namespace, "pdb", "xorca")["status"]["disruptionsAllowed"] == 1, 60,
               "one of two workers may be evicted")
    first, second = plane.pods(namespace)
    expect(not plane.evict(namespace, first), "the first goes")
    refusal = plane.evict(namespace, second)
    expect("disruption budget" in refusal, f"the second stays: {refusal or 'it went'}")


def workers_that_are_not_ready_hold_nobody_up(plane):
    namespace = deployed(plane, "unready")
    pods = plane.pods(namespace)
    for pod in pods:
        plane.report(namespace, pod, ready=False)
    wait_until(lambda: plane.get(namespace, "pdb", "xorca")["status"]["currentHealthy"] == 0, 60,
               "the budget knows that none is ready")
    for pod in pods:
        refusal = plane.evict(namespace, pod)
        expect(not refusal, f"{pod} may go: {refusal}")


def a_roll_out_starts_a_worker_before_one_goes(plane):
    namespace = deployed(plane, "rolled-out")
    old = set(plane.pods(namespace))
    plane.kubectl("-n", namespace, "rollout", "restart", "deployment/xorca")
    for turn in (1, 2):
        new = set(plane.wait_for_pods(namespace, 3)) - old
        expect(len(new) == turn, f"one new worker at a time, next to those that are ready: {new}")
        for pod in new:
            plane.report(namespace, pod, ready=True)
    left = set(plane.wait_for_pods(namespace, 2))
    expect(left == new, f"then the new are alone: {left}")
    plane.kubectl("-n", namespace, "rollout", "status", "deployment/xorca", "--timeout=120s")


def a_pod_of_the_statefulset_comes_back_under_its_name(plane):
    """Both at once to begin with: none waits for another that is not ready."""
    namespace = new_namespace(plane, "named")
    plane.kubectl("-n", namespace, *STRICT, "-k", MANIFESTS / "statefulset")
    before = plane.wait_for_pods(namespace, 2)
    expect(set(before) == {"xorca-0", "xorca-1"}, f"their names are {sorted(before)}")
    plane.kubectl("-n", namespace, "delete", "pod", "xorca-0", "--force", "--grace-period=0")

    def is_another():
        pod = plane.pods(namespace).get("xorca-0")
        return pod and pod["metadata"]["uid"] != before["xorca-0"]["metadata"]["uid"]
    wait_until(is_another, 60, "xorca-0 is there again")


def the_number_of_workers_is_kedas(plane):
    """Where KEDA's part is played by kubectl: applying the overlay again does not take it back."""
    namespace = new_namespace(plane, "scaled")
    for _ in range(2):
        plane.kubectl("-n", namespace, *STRICT, "-k", MANIFESTS / "autoscaling")
        plane.kubectl("-n", namespace, "scale", "deployment/xorca", "--replicas=4")
    plane.kubectl("-n", namespace, *STRICT, "-k", MANIFESTS / "autoscaling")
    replicas = plane.get(namespace, "deployment", "xorca")["spec"]["replicas"]
    expect(replicas == 4, f"there are {replicas} workers")


def a_deployment_becomes_kedas_without_losing_workers(plane):
    """By the README's command, without which there would be one."""
    text = (MANIFESTS / "README.md").read_text()
    command = re.search(r"^ +kubectl -n orders (annotate deployment xorca \S+)$", text, re.M)[1].split()
    for steps, expected in ([command], 2), ([], 1):
        namespace = new_namespace(plane, f"becomes-{expected}")
        plane.kubectl("-n", namespace, *STRICT, "-k", MANIFESTS / "base")
        for step in steps:
            plane.kubectl("-n", namespace, *step)
        plane.kubectl("-n", namespace, *STRICT, "-k", MANIFESTS / "autoscaling")
        replicas = plane.get(namespace, "deployment", "xorca")["spec"]["replicas"]
        expect(replicas == expected, f"there are {replicas} workers, not {expected}")


def overlay_of_the_readme(folder):
    """Its text, with the one line changed that says where the manifests are."""
    text = re.search(r"```yaml\n(.*?)```", (MANIFESTS / "README.md").read_text(), re.S)[1]
    overlay = yaml.safe_load(text)
    shutil.copytree(MANIFESTS, folder / "kubernetes")
    overlay["resources"] = ["../kubernetes/monitoring"]
    for generator in overlay["configMapGenerator"]:
        for file in generator.get("files", []):
            (folder / "overlay").mkdir(exist_ok=True)
            shutil.copy(EXAMPLE / file, folder / "overlay" / file)
    (folder / "overlay" / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    return folder / "overlay", overlay


def the_overlay_of_the_readme_is_accepted(plane):
    with tempfile.TemporaryDirectory() as folder:
        path, overlay = overlay_of_the_readme(pathlib.Path(folder))
        namespace = new_namespace(plane, overlay["namespace"])
        plane.kubectl(*STRICT, "-k", path)
    spec = plane.get(namespace, "deployment", "xorca")["spec"]["template"]["spec"]
    image = overlay["images"][0]
    expect({container["image"] for container in spec["initContainers"] + spec["containers"]} ==
           {f"{image['newName']}:{image['newTag']}"}, "the image is the overlay's")
    expect_references(plane, namespace, spec)
    settings = plane.get(namespace, "configmap", spec["containers"][0]["envFrom"][0]["configMapRef"]["name"])["data"]
    for literal in overlay["configMapGenerator"][0]["literals"]:
        name, value = literal.split("=", 1)
        expect(settings[name] == value, f"{name} is {settings[name]}")
    base = render("base")["ConfigMap"]["data"]
    expect(set(base) < set(settings), f"the settings of the base stay: {sorted(base)}")
    volume = next(volume for volume in spec["volumes"] if volume["name"] == "definitions")
    definitions = plane.get(namespace, "configmap", volume["configMap"]["name"])["data"]
    expect(json.loads(definitions["book-summary.json"]), "the definitions are there")
    plane.wait_for_pods(namespace, 2)


def main():
    scenarios = [wrong_fields_are_refused, pods_are_admitted_as_restricted,
                 nodes_are_drained_one_worker_at_a_time, workers_that_are_not_ready_hold_nobody_up,
                 a_roll_out_starts_a_worker_before_one_goes,
                 a_pod_of_the_statefulset_comes_back_under_its_name, the_number_of_workers_is_kedas,
                 a_deployment_becomes_kedas_without_losing_workers,
                 the_overlay_of_the_readme_is_accepted]
    with ControlPlane() as plane:
        crds = subprocess.run([PROGRAMS, "crds"], capture_output=True, text=True, check=True).stdout.strip()
        plane.kubectl("create", "-f", crds)
        plane.kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", crds)
        print(f"Kubernetes {json.loads(plane.kubectl('get', '--raw=/version'))['gitVersion']}")
        return run_scenarios(
            [(f"{folder}-is-kept", functools.partial(is_kept, plane, folder)) for folder in FOLDERS] +
            [(scenario.__name__.replace("_", "-"), functools.partial(scenario, plane))
             for scenario in scenarios], sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
