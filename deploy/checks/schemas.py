"""Strict schemas: of Kubernetes' own kinds, for the oldest and the newest minor that we support, and of custom resources.

Kubernetes' come with kubernetes-validate; without its `strict` a misspelt field passes. Custom resources' lie outside the project
(`CRD_SCHEMAS`, see deploy/README.md): where they are not, this says so, and in CI it fails.
"""

import json
import warnings
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate

from deploy.checks.objects import Finding, Object
from deploy.checks.rendering import ROOT

OLDEST, NEWEST = "1.34", "1.37"
CRD_SCHEMAS = ROOT.parent / "shared" / "data" / "crd-schemas"
# No strict schema of these is published; what they say is looked at by eye, and this line says which they are.
WITHOUT_SCHEMA = frozenset({("policy.sigstore.dev", "ClusterImagePolicy")})
# It reads its definitions, megabytes of them, anew for each object.
kubernetes_validate.utils.schema_contents = cache(kubernetes_validate.utils.schema_contents)
_OWN_GROUPS = frozenset({"", "apps", "batch", "autoscaling", "policy"})


def are_there(folder: Path = CRD_SCHEMAS) -> bool:
    """Tell whether the schemas of custom resources are on this machine."""
    return folder.is_dir()


def check(objects: Iterable[Object], *, folder: Path = CRD_SCHEMAS) -> Iterator[Finding]:
    """Yield what the API server would refuse, or would drop without a word."""
    for each in objects:
        if _is_kubernetes(each):
            for minor in (OLDEST, NEWEST):
                yield from _kubernetes(each, minor)
        elif (each.group, each.kind) not in WITHOUT_SCHEMA:
            yield from _custom(each, folder)


def _is_kubernetes(each: Object) -> bool:
    if each.group == "gateway.networking.k8s.io":
        return False
    return each.group in _OWN_GROUPS or each.group.endswith(".k8s.io")


def _kubernetes(each: Object, minor: str) -> Iterator[Finding]:
    metadata = {key: value for key, value in each.find("metadata", default={}).items() if key != "namespace"}
    mistake = _mistake(json.dumps({**each.fields, "metadata": metadata}, sort_keys=True), minor)
    if mistake is not None:
        yield Finding(f"{each} {mistake[0]}".strip(), f"kubernetes-{minor}", mistake[1])


@cache
def _mistake(text: str, minor: str) -> tuple[str, str] | None:
    """Return where an object is wrong, and how. Most are the same in every overlay and combination: asked once."""
    fields = json.loads(text)
    try:
        with warnings.catch_warnings():
            # It looks its own data up in a way that newer Pythons call old.
            warnings.simplefilter("ignore", DeprecationWarning)
            kubernetes_validate.validate(fields, minor, strict=True)
    except kubernetes_validate.ValidationError as fault:
        return ".".join(str(step) for step in fault.path), str(fault.message).splitlines()[0]
    except kubernetes_validate.SchemaNotFoundError:
        return "", f"there is no {fields.get('kind')} of {fields.get('apiVersion')}"
    return None


def _custom(each: Object, folder: Path) -> Iterator[Finding]:
    validator = _validator(folder, each.group, each.kind, str(each.fields.get("apiVersion")).rpartition("/")[2])
    if validator is None:
        if are_there(folder):
            yield Finding(str(each), "custom-resource", f"there is no {each.kind} of {each.fields.get('apiVersion')}")
        return
    for fault in validator.iter_errors(each.fields):
        where = ".".join(str(step) for step in fault.path)
        yield Finding(f"{each} {where}", "custom-resource", fault.message.splitlines()[0][:200])


@cache
def _validator(folder: Path, group: str, kind: str, version: str) -> Any:
    file = folder / group / f"{kind.lower()}_{version}.json"
    if not file.is_file():
        return None
    return jsonschema.Draft7Validator(json.loads(file.read_text("utf-8")))
