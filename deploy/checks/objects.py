"""Kubernetes objects as they are rendered, and what the checks ask of them again and again."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Fields = dict[str, Any]

NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
SERVER = "server"


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: where, by which rule, and what."""

    where: str
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} [{self.rule}]"


@dataclass(frozen=True, eq=False)
class Object:
    """One object of a manifest."""

    fields: Fields

    @property
    def kind(self) -> str:
        """Return its kind."""
        return str(self.fields.get("kind"))

    @property
    def group(self) -> str:
        """Return the group of its API: "" for the core."""
        return str(self.fields.get("apiVersion")).rpartition("/")[0]

    @property
    def name(self) -> str:
        """Return its name."""
        return str(self.fields.get("metadata", {}).get("name"))

    @property
    def namespace(self) -> str | None:
        """Return its namespace, when it has one."""
        found: str | None = self.fields.get("metadata", {}).get("namespace")
        return found

    @property
    def labels(self) -> Mapping[str, str]:
        """Return its labels."""
        return self.fields.get("metadata", {}).get("labels") or {}

    @property
    def spec(self) -> Fields:
        """Return what is wanted of it."""
        return self.fields.get("spec") or {}

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    def find(self, *path: str | int, default: Any = None) -> Any:
        """Return what lies at a path below, or `default` where the path ends early."""
        return find(self.fields, *path, default=default)


def find(fields: Any, *path: str | int, default: Any = None) -> Any:
    """Return what lies at a path below `fields`, or `default` where the path ends early."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(fields, list) or len(fields) <= step:
                return default
            fields = fields[step]
        elif not isinstance(fields, dict) or step not in fields:
            return default
        else:
            fields = fields[step]
    return fields


@dataclass(frozen=True)
class Workload:
    """Something that runs pods, and the pods that it runs."""

    object: Object
    template: Fields

    @property
    def kind(self) -> str:
        """Return the kind of what runs them."""
        return self.object.kind

    @property
    def name(self) -> str:
        """Return the name of what runs them."""
        return self.object.name

    @property
    def labels(self) -> Mapping[str, str]:
        """Return the labels of the pods."""
        return find(self.template, "metadata", "labels", default={})  # type: ignore[no-any-return]

    @property
    def pod(self) -> Fields:
        """Return what a pod is to be."""
        return self.template.get("spec") or {}

    @property
    def containers(self) -> list[Fields]:
        """Return every container, those of the beginning too."""
        return [*(self.pod.get("containers") or []), *(self.pod.get("initContainers") or [])]

    @property
    def part(self) -> str:
        """Return which part of Vitrail this is: gateway, or a service."""
        return self.labels.get(NAME, "")

    @property
    def component(self) -> str:
        """Return which of its processes this is."""
        return self.labels.get(COMPONENT, "")

    @property
    def arguments(self) -> list[str]:
        """Return what the image is told to run."""
        return [str(each) for each in find(self.containers, 0, "args", default=[])]

    @property
    def secrets(self) -> set[str]:
        """Return the names of the Secrets that its pods can read."""
        names = set()
        for volume in self.pod.get("volumes") or []:
            names.add(find(volume, "secret", "secretName"))
            for source in find(volume, "projected", "sources", default=[]):
                names.add(find(source, "secret", "name"))
        return {name for name in names if name is not None}

    def __str__(self) -> str:
        return str(self.object)


_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


class Objects:
    """All objects of one rendering."""

    def __init__(self, documents: Iterable[Fields]) -> None:
        self._objects = [Object(fields) for fields in documents]

    def __iter__(self) -> Iterator[Object]:
        return iter(self._objects)

    def of(self, *kinds: str) -> list[Object]:
        """Return those of these kinds."""
        return [each for each in self._objects if each.kind in kinds]

    def get(self, kind: str, name: str) -> Object | None:
        """Return the one of this kind and name, if there is one."""
        return next((each for each in self._objects if (each.kind, each.name) == (kind, name)), None)

    def names(self, kind: str) -> set[str]:
        """Return the names of all of a kind."""
        return {each.name for each in self.of(kind)}

    @property
    def workloads(self) -> list[Workload]:
        """Return everything that runs pods."""
        return [
            Workload(each, each.find(*_TEMPLATES[each.kind], default={}))
            for each in self._objects
            if each.kind in _TEMPLATES
        ]

    @property
    def deployments(self) -> list[Workload]:
        """Return what runs all the time."""
        return [each for each in self.workloads if each.kind == "Deployment"]


def selects(selector: Fields | None, labels: Mapping[str, str]) -> bool:
    """Tell whether a label selector takes these labels; an absent one takes nothing, an empty one everything."""
    if selector is None:
        return False
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_satisfies(each, labels) for each in selector.get("matchExpressions") or [])


def _satisfies(expression: Fields, labels: Mapping[str, str]) -> bool:
    key, operator = expression["key"], expression["operator"]
    if operator in {"Exists", "DoesNotExist"}:
        return (key in labels) is (operator == "Exists")
    return (labels.get(key) in expression["values"]) is (operator == "In")


_QUANTITY = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<unit>[A-Za-z]*)", re.ASCII)
_UNITS = {
    "": 1,
    "m": 0.001,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}


def quantity(text: Any) -> float:
    """Return the number that a quantity (`250m`, `64Mi`) means.

    Raises:
        ValueError: it is none.
    """
    parts = _QUANTITY.fullmatch(str(text))
    if parts is None or parts["unit"] not in _UNITS:
        raise ValueError(f"{text} is no quantity")
    return float(parts["number"]) * _UNITS[parts["unit"]]
