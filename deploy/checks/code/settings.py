"""Settings: every key of a ConfigMap is one that its readers declare; what they cannot do without is given, and acceptable."""

from collections.abc import Iterator, Mapping

from deploy.checks.code import parts
from deploy.checks.lint.references import expected_secrets
from deploy.checks.objects import Finding, Objects, Workload, find

# Read by OpenTelemetry's own library, which documents them.
_OTHERS = ("OTEL_",)
# Stands for a secret when the rest is tried out: no key of ours has this form anywhere else.
_SAMPLE = "0123456789abcdefghijklmnopqrstuvwxyz-{}"


def check(objects: Objects) -> Iterator[Finding]:
    """Yield keys that nobody reads, settings that nobody gives, secrets in the open, and values that are refused."""
    read: dict[str, set[str]] = {}
    for workload in objects.workloads:
        declared = {each.name: each for each in parts.settings(workload.part)}
        given = dict(_given(objects, workload))
        files = {file for secret in workload.secrets for file in expected_secrets().get(secret, {})}
        for name in _maps(workload):
            read.setdefault(name, set()).update(declared)
        for name, variable in declared.items():
            if name in given and variable.is_secret:
                yield Finding(str(workload), "settings", f"{name} is a secret and stands in a ConfigMap")
            if variable.default is None and name not in given and name not in files:
                yield Finding(str(workload), "settings", f"{name} is given nowhere")
        for file in sorted(files - set(declared)):
            if file.isupper():
                yield Finding(str(workload), "settings", f"its secrets hold {file}, which it does not read")
        yield from _acceptable(workload, given, files)
    for settings in objects.of("ConfigMap"):
        if settings.name in read:
            for key in sorted(set(settings.find("data", default={})) - read[settings.name]):
                if not key.startswith(_OTHERS):
                    yield Finding(str(settings), "settings", f"nobody reads {key}")


def _maps(workload: Workload) -> list[str]:
    sources = find(workload.containers, 0, "envFrom", default=[])
    return [name for source in sources if (name := find(source, "configMapRef", "name"))]


def _given(objects: Objects, workload: Workload) -> Iterator[tuple[str, str]]:
    for name in _maps(workload):
        settings = objects.get("ConfigMap", name)
        yield from (settings.find("data", default={}) if settings else {}).items()


def _acceptable(workload: Workload, given: Mapping[str, str], files: set[str]) -> Iterator[Finding]:
    # What may be left out is left out: it may have a form of its own.
    needed = {each.name for each in parts.settings(workload.part) if each.default is None}
    secrets = {name: _SAMPLE.format(name) for name in files & needed}
    for mistake in parts.mistakes(workload.part, {**secrets, **given}):
        if " is missing" not in mistake:
            yield Finding(str(workload), "settings", mistake)
