"""What an operator has still to say before production: a placeholder is a name that cannot exist (RFC 2606, RFC 5737)."""

import re
from collections.abc import Iterator
from typing import Any

from deploy.checks.objects import Finding, Objects, find

_PLACEHOLDERS = {
    "a name that is nobody's": re.compile(r"\.invalid\b|\.example\b|\bexample\.(com|org|ca)\b"),
    "a word to replace": re.compile(r"\bREPLACE\b"),
    "a network of the books": re.compile(r"\b(192\.0\.2|198\.51\.100|203\.0\.113)\."),
    "no image's digest": re.compile(r"sha256:0{64}"),
}


def placeholders(objects: Objects) -> Iterator[Finding]:
    """Yield every value that still stands for another, and every image that is not named by its digest."""
    for each in objects:
        for path, value in _texts(each.fields, ""):
            for what, form in _PLACEHOLDERS.items():
                if form.search(value):
                    yield Finding(f"{each} {path}", "placeholder", f"{value} is {what}")
    for workload in objects.workloads:
        if "@sha256:" not in str(find(workload.containers, 0, "image")):
            yield Finding(str(workload), "placeholder", "its image is not named by its digest")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _texts(below, f"{path}.{key}")
    elif isinstance(value, list):
        for position, below in enumerate(value):
            yield from _texts(below, f"{path}[{position}]")
    elif isinstance(value, str):
        yield path, value
