"""Names that objects call each other by: each leads somewhere."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from deploy.checks.objects import Finding, Objects, Workload, find, selects

SECRETS = Path(__file__).resolve().parents[2] / "secrets.toml"


@cache
def expected_secrets() -> dict[str, dict[str, str]]:
    """Return the Secrets that an operator makes, and the files in each."""
    return tomllib.loads(SECRETS.read_text("utf-8"))


def unique(objects: Objects) -> Iterator[Finding]:
    """No two objects are one."""
    counts = Counter((each.group, str(each), each.namespace) for each in objects)
    for (_, name, _), count in counts.items():
        if count > 1:
            yield Finding(name, "unique", f"is there {count} times")


def from_pods(objects: Objects) -> Iterator[Finding]:
    """Whatever a pod names is there."""
    for workload in objects.workloads:
        for kind, name in _named(workload):
            if name in objects.names(kind) or (kind == "Secret" and name in expected_secrets()):
                continue
            yield Finding(str(workload), "references", f"there is no {kind} {name}")
        volumes = {volume.get("name") for volume in workload.pod.get("volumes") or []}
        for container in workload.containers:
            for mount in container.get("volumeMounts") or []:
                if mount.get("name") not in volumes:
                    yield Finding(str(workload), "references", f"there is no volume {mount.get('name')}")
            ports = {port.get("name") for port in container.get("ports") or []}
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                port = find(container, probe, "httpGet", "port")
                if port is not None and port not in ports:
                    yield Finding(str(workload), "references", f"{probe} asks the port {port}, which has no name here")


def _named(workload: Workload) -> Iterator[tuple[str, str | None]]:
    yield "ServiceAccount", workload.pod.get("serviceAccountName")
    for name in workload.secrets:
        yield "Secret", name
    for volume in workload.pod.get("volumes") or []:
        if "configMap" in volume:
            yield "ConfigMap", find(volume, "configMap", "name")
    for container in workload.containers:
        for source in container.get("envFrom") or []:
            if "configMapRef" in source:
                yield "ConfigMap", find(source, "configMapRef", "name")
        for variable in container.get("env") or []:
            if (name := find(variable, "valueFrom", "configMapKeyRef", "name")) is not None:
                yield "ConfigMap", name


def from_scalers(objects: Objects) -> Iterator[Finding]:
    """Whatever an autoscaler is to show at the event log is there, and a store that makes Secrets makes this one too."""
    made = objects.names("ExternalSecret")
    for authentication in objects.of("TriggerAuthentication"):
        for reference in authentication.spec.get("secretTargetRef") or []:
            name, key = str(reference.get("name")), reference.get("key")
            if key not in expected_secrets().get(name, {}):
                yield Finding(str(authentication), "references", f"there is no {key} in the Secret {name}")
            if made and name not in made:
                yield Finding(str(authentication), "references", f"no store makes the Secret {name}")


def selectors(objects: Objects) -> Iterator[Finding]:
    """A Deployment selects its own pods, and nobody else's."""
    for workload in objects.deployments:
        selector = workload.object.spec.get("selector")
        taken = [each.name for each in objects.workloads if selects(selector, each.labels)]
        if taken != [workload.name]:
            yield Finding(str(workload), "selectors", f"selects the pods of {', '.join(taken) or 'nobody'}")


def services(objects: Objects) -> Iterator[Finding]:
    """A Service leads to the pods of one Deployment, at a port that they have; nothing opens a port of the hosts."""
    for service in objects.of("Service"):
        if service.spec.get("type", "ClusterIP") != "ClusterIP":
            yield Finding(str(service), "services", "is reached from outside, past the gateway")
        selector = {"matchLabels": service.spec.get("selector") or {"": ""}}
        behind = [each for each in objects.workloads if selects(selector, each.labels)]
        if len(behind) != 1:
            yield Finding(str(service), "services", f"leads to {len(behind)} workloads")
        for workload in behind:
            ports = {port.get("name") for container in workload.containers for port in container.get("ports") or []}
            for port in service.spec.get("ports") or []:
                if port.get("targetPort") not in ports:
                    yield Finding(str(service), "services", f"{workload} has no port {port.get('targetPort')}")


def scraped(objects: Objects) -> Iterator[Finding]:
    """Where metrics are scraped at all, those of every process are."""
    monitors = objects.of("PodMonitor")
    for workload in objects.deployments:
        ports = {port.get("name") for container in workload.containers for port in container.get("ports") or []}
        scraping = [each for each in monitors if selects(each.spec.get("selector"), workload.labels)]
        if monitors and len(scraping) != 1:
            yield Finding(str(workload), "scraped", f"{len(scraping)} PodMonitors scrape it")
        for monitor in scraping:
            for endpoint in monitor.spec.get("podMetricsEndpoints") or []:
                if endpoint.get("port") not in ports:
                    yield Finding(str(monitor), "scraped", f"{workload} has no port {endpoint.get('port')}")


EVERYWHERE = (unique,)
RULES = (unique, from_pods, from_scalers, selectors, services, scraped)
