"""Names of the operations in the joined document (`operationId`): what the functions of generated clients are called.

A name is made of method and path, so that it stays as long as they do: `GET /api/v1/children/{child_id}/results` is
`list_child_results`, `POST /school/v1/campaigns` is `create_school_campaign`.
"""

from typing import Any

_VERBS = {"get": "get", "post": "create", "put": "replace", "patch": "change", "delete": "delete"}
# A line for each of many.
_LINES = "application/x-ndjson"
_API = ["api", "v1"]
_SCHOOL = ["school", "v1"]
# Signing in and out have words of their own; made of the path, signing out would be called like ending one's session elsewhere.
_OWN = {("post", "/api/v1/session"): "sign_in", ("delete", "/api/v1/session"): "sign_out"}


def give(paths: dict[str, Any]) -> None:
    """Name every operation of the document's paths that has no name of its own."""
    for path, item in paths.items():
        for method in _VERBS.keys() & item.keys():
            operation = item[method]
            own = _OWN.get((method, path)) or name(method, path, is_of_many=_is_of_many(operation))
            operation.setdefault("operationId", own)


def name(method: str, path: str, *, is_of_many: bool) -> str:
    """Return the name of an operation; `is_of_many`: it gives or takes several of what the path names."""
    segments = path[1:].split("/")
    if segments[:2] == _API:
        segments = segments[2:]
    elif segments[:2] == _SCHOOL:
        segments = ["school", *segments[2:]]
    # What is made is one; what is read, replaced or deleted without a number of its own is all that the path names.
    is_of_one = method == "post" and not is_of_many
    words = [
        _one_of(segment) if _is_parameter(following) or (not following and is_of_one) else segment
        for segment, following in zip(segments, [*segments[1:], ""], strict=True)
        if not _is_parameter(segment)
    ]
    verb = "list" if is_of_many and method == "get" else _VERBS[method]
    return "_".join([verb, *words]).replace("-", "_")


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{")


def _one_of(plural: str) -> str:
    """Return the singular of the last word of a segment."""
    if plural.endswith("children"):
        return plural.removesuffix("ren")
    if plural.endswith("ies"):
        return f"{plural[:-3]}y"
    return plural[:-1] if plural.endswith("s") and not plural.endswith("ss") else plural


def _is_of_many(operation: dict[str, Any]) -> bool:
    answered = operation.get("responses", {}).get("200", {}).get("content", {})
    taken = operation.get("requestBody", {}).get("content", {})
    return _LINES in taken or any(each.get("schema", {}).get("type") == "array" for each in answered.values())
