"""The control plane of a Kubernetes, for tests: etcd, the API server, the controllers that workers need and the scheduler.

Everything listens on 127.0.0.1, lives in a folder of its own, and ends with the `with` block, however that is left. There is
a node, but nothing runs on it: what its kubelet would say of the pods, the test says."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

from fleet import SUPPORT, Failed, expect, free_port, wait_until

PROGRAMS = SUPPORT / "kubernetes.sh"
TOKEN = "of-the-tests"
CONTROLLERS = ["deployment-controller", "replicaset-controller", "statefulset-controller",
               "disruption-controller", "serviceaccount-controller"]
NODE = {"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "node", "labels": {"kubernetes.io/hostname": "node",
                                                "topology.kubernetes.io/zone": "zone"}},
        "status": {"capacity": {"cpu": "32", "memory": "64Gi", "pods": "100"},
                   "allocatable": {"cpu": "32", "memory": "64Gi", "pods": "100"},
                   "conditions": [{"type": "Ready", "status": "True"}]}}


class ControlPlane(contextlib.ExitStack):
    def __enter__(self):
        super().__enter__()
        try:
            subprocess.run([PROGRAMS, "fetch"], check=True, stdin=subprocess.DEVNULL)
            self.folder = pathlib.Path(tempfile.mkdtemp(prefix="xorca-test-"))
            self.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self._start_api_server(self._start_etcd())
            self._start_client("kube-controller-manager", f"--controllers={','.join(CONTROLLERS)}")
            self._start_client("kube-scheduler")
            self.create(NODE)
        except BaseException:
            self.close()
            raise
        return self

    def _start_etcd(self):
        clients, peers = f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
        log = self._start("etcd", f"--data-dir={self.folder / 'etcd'}", "--unsafe-no-fsync",
                          f"--listen-client-urls={clients}", f"--advertise-client-urls={clients}",
                          f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}",
                          f"--initial-cluster=default={peers}")

        def is_healthy():
            try:
                return urllib.request.urlopen(f"{clients}/health", timeout=5).status == 200
            except (urllib.error.URLError, OSError):
                return False
        wait_until(is_healthy, 60, lambda: f"etcd is healthy; it said:\n{log.read_text()[-3000:]}")
        return clients

    def _start_api_server(self, etcd):
        port, key, tokens = free_port(), self.folder / "service-account.key", self.folder / "tokens.csv"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        tokens.write_text(f'{TOKEN},test,test,"system:masters"\n')
        self.kubeconfig = self._write_kubeconfig(f"https://127.0.0.1:{port}")
        # Nobody tells of the node what would take the taint away that this plugin gives to new nodes.
        log = self._start("kube-apiserver", f"--etcd-servers={etcd}", "--bind-address=127.0.0.1",
                          f"--secure-port={port}", f"--cert-dir={self.folder / 'certificates'}",
                          f"--token-auth-file={tokens}", "--authorization-mode=AlwaysAllow",
                          "--service-account-issuer=https://localhost",
                          f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}",
                          "--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none",
                          "--disable-admission-plugins=TaintNodesByCondition")
        wait_until(lambda: self._run_kubectl("get", "--raw=/readyz").returncode == 0, 180,
                   lambda: f"the API server is ready; it said:\n{log.read_text()[-3000:]}")

    def _start_client(self, name, *options):
        self._start(name, f"--kubeconfig={self.kubeconfig}", "--leader-elect=false",
                    "--bind-address=127.0.0.1", f"--secure-port={free_port()}",
                    f"--cert-dir={self.folder / name}", *options)

    def _start(self, name, *options):
        """Starts a server, which ends with this; returns the file that it writes to."""
        log = self.folder / f"{name}.log"
        with open(log, "wb") as output:
            process = subprocess.Popen([PROGRAMS, name, *options], cwd=self.folder,
                                       stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self.callback(self._stop, process)
        return log

    @staticmethod
    def _stop(process):
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _write_kubeconfig(self, server):
        path = self.folder / "kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": server, "insecure-skip-tls-verify": True}}],
            "users": [{"name": "test", "user": {"token": TOKEN}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}))
        return path

    # --- kubectl ------------------------------------------------------------------------

    def _run_kubectl(self, *arguments, object_=None):
        return subprocess.run([PROGRAMS, "kubectl", f"--kubeconfig={self.kubeconfig}",
                               f"--cache-dir={self.folder / 'kubectl'}", *map(str, arguments)],
                              input=json.dumps(object_) if object_ else "", capture_output=True, text=True,
                              env={**os.environ, "KUBERC": "off"}, timeout=300)

    def kubectl(self, *arguments, object_=None):
        """What kubectl printed; it failing, or warning, is a failure."""
        result = self._run_kubectl("--warnings-as-errors", *arguments, object_=object_)
        expect(result.returncode == 0, f"kubectl {' '.join(map(str, arguments))}: {result.stderr}")
        return result.stdout

    def refusal(self, *arguments, object_=None):
        """What kubectl complained of; "" if it did not."""
        result = self._run_kubectl(*arguments, object_=object_)
        return result.stderr if result.returncode != 0 else ""

    def create(self, object_, *options):
        self.kubectl("create", "--validate=strict", *options, "-f", "-", object_=object_)

    def get(self, namespace, kind, name):
        return json.loads(self.kubectl("-n", namespace, "get", kind, name, "-o", "json"))

    # --- Pods, and what a kubelet would say of them -----------------------------------------

    def pods(self, namespace):
        """Those that nobody has told to end, by name."""
        items = json.loads(self.kubectl("-n", namespace, "get", "pods", "-o", "json"))["items"]
        return {pod["metadata"]["name"]: pod for pod in items
                if "deletionTimestamp" not in pod["metadata"]}

    def wait_for_pods(self, namespace, count):
        """Until there are so many, all of them on the node; they, by name."""
        def scheduled():
            pods = self.pods(namespace)
            on_node = [pod for pod in pods.values() if pod["spec"].get("nodeName") == "node"]
            return pods if len(on_node) == len(pods) == count else None
        return wait_until(scheduled, 120,
                          lambda: f"{count} pods are on the node, and no other; there are {sorted(self.pods(namespace))}")

    def report(self, namespace, pod, ready):
        """A pod runs, and is ready or not, for longer than anybody waits."""
        condition = {"type": "Ready", "status": str(ready), "lastTransitionTime": "2000-01-01T00:00:00Z"}
        status = {"status": {"phase": "Running", "conditions": [condition]}}
        self.kubectl("-n", namespace, "patch", "pod", pod, "--subresource=status", "-p", json.dumps(status))

    def evict(self, namespace, pod):
        """As `kubectl drain` does; returns the refusal, or ""."""
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction",
                    "metadata": {"name": pod, "namespace": namespace}}
        return self.refusal("create", "--raw", f"/api/v1/namespaces/{namespace}/pods/{pod}/eviction",
                            "-f", "-", object_=eviction)
