"""Metrics: every name in a rule or on the dashboard is exported by somebody; every alert has a runbook and a test."""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from deploy.checks.objects import Finding, Objects, find
from deploy.checks.rendering import KUBERNETES, ROOT

TESTS = KUBERNETES / "components" / "monitoring" / "rules_test.yaml"
_MOST_PAGES = 10
_OURS = re.compile(r"vitrail_[a-z_]+")
_SUFFIXES = ("", "_total", "_bucket", "_sum", "_count")
# Exported by others: Prometheus itself, kube-state-metrics, CloudNativePG, its Barman plugin.
_OTHERS = frozenset(
    {
        "up",
        "kube_cronjob_created",
        "kube_cronjob_status_last_successful_time",
        "kube_deployment_status_replicas_available",
        "cnpg_collector_up",
        "cnpg_collector_pg_wal_archive_status",
        "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp",
    }
)
_WORDS = frozenset(
    [
        "absent",
        "by",
        "group_left",
        "histogram_quantile",
        "humanize",
        "increase",
        "max",
        "min",
        "on",
        "or",
        "and",
        "unless",
        "rate",
        "sum",
        "time",
        "topk",
        "without",
    ]
)
_NOT_METRICS = re.compile(r'\{(?:"[^"]*"|[^}"])*\}|"[^"]*"|\[[^]]*\]|\b(?:by|without|on)\s*\([^)]*\)|\b[0-9.]+[a-z]?\b')


@cache
def exported() -> frozenset[str]:
    """Return every name that a part of ours gives a metric, read from the source."""
    names: set[str] = set()
    for folder in ("shared", "services", "gateway", "portal"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text("utf-8")
            if "MetricFamily" in text or "prometheus_client" in text:
                names |= _names(ast.parse(text))
    return frozenset(names)


def _names(tree: ast.AST) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _OURS.fullmatch(node.value)
    }


def metrics(expression: str) -> set[str]:
    """Return the names of metrics in a PromQL expression."""
    words = re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", _NOT_METRICS.sub(" ", expression))
    return set(words) - _WORDS


def unknown(expression: str) -> Iterator[str]:
    """Yield the names in an expression that nobody exports."""
    known = {name + suffix for name in exported() for suffix in _SUFFIXES} | _OTHERS
    yield from sorted(metrics(expression) - known)


def check(objects: Objects) -> Iterator[Finding]:
    """Yield names that nobody exports, and alerts without a runbook, a test, or a reason to wake somebody."""
    tested = shown_to_fire()
    for rules in objects.of("PrometheusRule"):
        alerts = [rule for group in rules.spec.get("groups") or [] for rule in group.get("rules") or []]
        for alert in alerts:
            where = f"{rules} {alert.get('alert')}"
            for name in unknown(str(alert.get("expr"))):
                yield Finding(where, "metrics", f"nobody exports {name}")
            runbook = str(find(alert, "annotations", "runbook_url"))
            if not (ROOT / runbook).is_file():
                yield Finding(where, "alerts", f"there is no runbook {runbook}")
            if alert.get("alert") not in tested:
                yield Finding(where, "alerts", "no test shows that it fires")
            if find(alert, "labels", "severity") not in {"page", "ticket"}:
                yield Finding(where, "alerts", "is neither a page nor a ticket")
        pages = [alert for alert in alerts if find(alert, "labels", "severity") == "page"]
        if len(pages) > _MOST_PAGES:
            yield Finding(str(rules), "alerts", f"{len(pages)} alerts wake somebody: more than {_MOST_PAGES}")
    for settings in objects.of("ConfigMap"):
        if "grafana_dashboard" in settings.labels:
            for text in settings.find("data", default={}).values():
                yield from _dashboard(str(settings), json.loads(text))


@cache
def shown_to_fire(tests: Path = TESTS) -> set[str]:
    """Return the alerts that some test expects to fire."""
    document = yaml.safe_load(tests.read_text("utf-8"))
    return {
        case["alertname"]
        for test in document["tests"]
        for case in test.get("alert_rule_test", [])
        if case["exp_alerts"]
    }


def _dashboard(where: str, document: dict[str, Any]) -> Iterator[Finding]:
    for title, expression in _expressions(document.get("panels", [])):
        for name in unknown(expression):
            yield Finding(where, "metrics", f"{title}: nobody exports {name}")


def _expressions(panels: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for panel in panels:
        for target in panel.get("targets") or []:
            yield str(panel.get("title")), str(target.get("expr"))


def without_alert(folder: Path = ROOT / "docs" / "runbooks") -> Iterator[Finding]:
    """Yield runbooks that no alert leads to any more."""
    text = (KUBERNETES / "components" / "monitoring" / "prometheusrule.yaml").read_text("utf-8")
    for file in sorted(folder.glob("*.md")):
        if file.name != "README.md" and f"runbooks/{file.name}" not in text:
            yield Finding(f"docs/runbooks/{file.name}", "alerts", "no alert leads here")
