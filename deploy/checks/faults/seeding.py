"""What a fault is, and the few ways to seed one."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from deploy.checks.objects import Fields

PRODUCTION: Final = "overlays/production"
KAFKA: Final = "platform/kafka"
SUBSCRIBERS: Final = "platform/kafka/subscribers"
POSTGRES: Final = "platform/postgres"
NAMESPACE: Final = "platform/namespace"
GONE: Final = object()


@dataclass(frozen=True)
class Fault:
    """A fault: what it is, where it is seeded, how, and the rule that is to find it."""

    name: str
    folder: str
    seed: Callable[[list[Fields]], None]
    rule: str
    needs_crd_schemas: bool = False

    def __str__(self) -> str:
        return self.name


def the(documents: list[Fields], target: str) -> Fields:
    """Return the object `Kind/name`; the suffix that a generator adds to a name may be left out."""
    kind, _, name = target.partition("/")
    matches = [each for each in documents if each["kind"] == kind and _is_called(each, name)]
    if len(matches) != 1:
        raise ValueError(f"{len(matches)} objects are {target}")
    return matches[0]


def _is_called(each: Fields, name: str) -> bool:
    given = str(each["metadata"]["name"])
    return given == name or (each["kind"] == "ConfigMap" and given.rpartition("-")[0] == name)


def put(target: str, path: str, value: Any) -> Callable[[list[Fields]], None]:
    """Return what sets (or, with GONE, takes away) the value at `a/b/0/c` of an object."""

    def seed(documents: list[Fields]) -> None:
        steps: list[str | int] = [int(step) if step.isdigit() else step.replace("~", "/") for step in path.split("/")]
        place: Any = the(documents, target)
        for step in steps[:-1]:
            place = place[step]
        if value is GONE:
            del place[steps[-1]]
        else:
            place[steps[-1]] = value

    return seed


def without(*targets: str) -> Callable[[list[Fields]], None]:
    """Return what takes whole objects away."""

    def seed(documents: list[Fields]) -> None:
        for target in targets:
            documents.remove(the(documents, target))

    return seed


def with_also(document: Fields) -> Callable[[list[Fields]], None]:
    """Return what adds an object."""
    return lambda documents: documents.append(document)


def again(target: str, name: str) -> Callable[[list[Fields]], None]:
    """Return what adds an object's copy under another name."""

    def seed(documents: list[Fields]) -> None:
        twin = copy.deepcopy(the(documents, target))
        twin["metadata"]["name"] = name
        documents.append(twin)

    return seed


def appended(target: str, path: str, value: Any) -> Callable[[list[Fields]], None]:
    """Return what adds a value to a list of an object."""

    def seed(documents: list[Fields]) -> None:
        place: Any = the(documents, target)
        for step in path.split("/"):
            place = place[int(step) if step.isdigit() else step]
        place.append(value)

    return seed


# Where most things of a Deployment stand, and two of them: a server, and a worker.
POD: Final = "spec/template/spec"
APP: Final = f"{POD}/containers/0"
GATEWAY: Final = "Deployment/gateway"
PORTAL: Final = "Deployment/portal"
RELAY: Final = "Deployment/identity-relay"
