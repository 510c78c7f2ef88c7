"""Routes: every probe asks what its process answers, and the edge is as patient, and as large, as the gateway."""

import importlib
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from deploy.checks.code import parts
from deploy.checks.objects import SERVER, Finding, Objects, Workload, find, quantity

_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


@cache
def _of_gateway() -> Any:
    return importlib.import_module("gateway.routes")


@cache
def _paths_of_services() -> frozenset[str]:
    """Return what every service's server answers of its health."""
    import flask

    from shared.web import pages

    app = flask.Flask("health")
    app.register_blueprint(pages.health(lambda: True))
    return frozenset(rule.rule for rule in app.url_map.iter_rules())


@cache
def _paths_of_portal() -> frozenset[str]:
    """Return every address that the portal answers."""
    sample = parts.configuration(parts.PORTAL).Settings(
        public_url="https://portail.test", api_url="http://gateway", cookie_keys=("abcdefgh" * 4,)
    )
    app = importlib.import_module("portal.app").create_app(sample)
    return frozenset(rule.rule for rule in app.url_map.iter_rules())


@cache
def is_served_beside_metrics(path: str) -> bool:
    """Ask a server of metrics whether it answers at a path."""
    from shared.metrics import serving

    with serving.served([], service="checks", host="127.0.0.1", port=0) as port:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return False


def check(objects: Objects) -> Iterator[Finding]:
    """Yield probes of paths or ports that nobody serves, and an edge that gives up or fills up before the gateway does."""
    for workload in objects.deployments:
        ports = {
            each.get("name"): each.get("containerPort") for each in find(workload.containers, 0, "ports", default=[])
        }
        if workload.component == SERVER and ports.get("http") != _port_setting(objects, workload):
            yield Finding(str(workload), "routes", "the port `http` is not the one that its settings name")
        for probe in _PROBES:
            path = find(workload.containers, 0, probe, "httpGet", "path")
            port = find(workload.containers, 0, probe, "httpGet", "port")
            if path is not None and not _is_answered(workload, str(path), port):
                yield Finding(str(workload), "routes", f"{probe} asks {path} at {port}, where nobody answers that")
    yield from _edge(objects)
    yield from _uploads(objects)


def _is_answered(workload: Workload, path: str, port: object) -> bool:
    if port == "metrics":
        return is_served_beside_metrics(path)
    if workload.part == parts.GATEWAY:
        return path in {route.template for route in _of_gateway().TABLE}
    return path in (_paths_of_portal() if workload.part == parts.PORTAL else _paths_of_services())


def _settings(objects: Objects, workload: Workload) -> dict[str, str]:
    found: dict[str, str] = {}
    for source in find(workload.containers, 0, "envFrom", default=[]):
        settings = objects.get("ConfigMap", find(source, "configMapRef", "name", default=""))
        found.update(settings.find("data", default={}) if settings else {})
    return found


def _port_setting(objects: Objects, workload: Workload) -> int | None:
    variable = f"{parts.configuration(workload.part).PREFIX}_PORT"
    text = _settings(objects, workload).get(variable, "")
    return int(text) if text.isdigit() else None


def _edge(objects: Objects) -> Iterator[Finding]:
    for route in objects.of("HTTPRoute"):
        for line in _of_gateway().TABLE:
            rules = [
                (len(prefix), _seconds(find(rule, "timeouts", "request", default="0s")))
                for rule in route.spec.get("rules") or []
                for match in rule.get("matches") or []
                if line.template.startswith(prefix := str(find(match, "path", "value")))
            ]
            if not rules:
                yield Finding(str(route), "edge-patience", f"{line.template} is not led to the gateway")
                continue
            patience = max(rules)[1]
            if patience and line.timeout is not None and timedelta(seconds=patience) < line.timeout:
                yield Finding(str(route), "edge-patience", f"gives up on {line.template} before the gateway does")


def _seconds(text: str) -> float:
    return float(text.removesuffix("s")) if text.endswith("s") and not text.endswith("ms") else 0.0


def _largest_files() -> dict[str, int]:
    """Return how large a file may be that is on the gateway's disk, by the setting that bounds how many there are at once."""
    routes = _of_gateway()
    streamed = [each for each in routes.TABLE if each.is_streamed]
    by_schools = {each.template for each in streamed if routes.SCHOOL in each.guards.values()}
    answers = {each.gives_list: each.largest_answer for each in routes.TABLE if each.gives_file}
    return {
        # A list as large as schools' files takes one of their places.
        "GATEWAY_CONCURRENT_UPLOADS": max(
            answers[True], *(each.largest_body for each in streamed if each.template in by_schools)
        ),
        "GATEWAY_CONCURRENT_PEOPLE_UPLOADS": max(
            each.largest_body for each in streamed if each.template not in by_schools
        ),
        "GATEWAY_CONCURRENT_DOWNLOADS": answers[False],
    }


def _uploads(objects: Objects) -> Iterator[Finding]:
    default = {each.name: each.default for each in parts.settings(parts.GATEWAY)}
    for workload in objects.deployments:
        if workload.part != parts.GATEWAY:
            continue
        given = _settings(objects, workload)
        needed = sum(int(given.get(name, default[name] or "0")) * size for name, size in _largest_files().items())
        sizes = [find(volume, "emptyDir", "sizeLimit") for volume in workload.pod.get("volumes") or []]
        room = max((quantity(size) for size in sizes if size), default=0.0)
        if room < needed:
            yield Finding(
                str(workload), "uploads", f"the pod has no room for {needed // 2**20} MiB of files in and out"
            )
