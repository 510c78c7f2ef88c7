"""The joined OpenAPI document: what each service says of itself, as far as the route table lets it be reached.

A service that does not answer keeps the part that was last heard of it; one never heard of is named in
`x-missing-parts` and in the description.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from time import monotonic
from typing import Any

import orjson

from gateway import operation_names, origins
from gateway.routes import IDENTITY, SERVICES, Guard, Route, Routes
from gateway.upstreams import Upstream
from shared import cookies, logs
from shared.problem_documents import MEDIA_TYPE
from shared.problems import Problem
from shared.version import version

log = logs.get(__name__)

Document = dict[str, Any]

PATIENCE = timedelta(seconds=5)
FRESH_FOR_S = 60.0
# A part that is missing is asked for again sooner.
RETRY_AFTER_S = 5.0

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_DESCRIPTION = """\
L’API de Vitrail : un parent prouve qui il est, prouve qui sont ses enfants, puis voit et fait ce que l’école lui permet.

- **Navigateur** : `POST /api/v1/session` pose un témoin de session ; chaque écriture envoie l’en-tête `X-CSRF-Token` \
que donne `GET /api/v1/session`.
- **Autres clients** : `Authorization: Bearer <token>`, le `token` de `POST /api/v1/session`.
- **Systèmes scolaires** : `POST /school/v1/token` donne un jeton (OAuth 2.0, `client_credentials`) pour les appels sous \
`/school/v1`, chacun avec sa portée.
- **Refus** : toujours `application/problem+json` (RFC 9457), en français ou en anglais selon `Accept-Language` ; \
fiez-vous à `code`, jamais au texte.

*The API of Vitrail: a parent proves who they are and who their children are, then sees and does what the school \
allows. Browsers use the session cookie with `X-CSRF-Token` on writes; other clients a bearer token; school systems a token of `POST /school/v1/token`. Every refusal is \
`application/problem+json`: rely on its `code`, never on its text.*
"""
_PROBLEM_SCHEMA: Document = {
    "type": "object",
    "description": "Un refus · A refusal (RFC 9457)",
    "required": ["type", "title", "status", "detail", "code", "severity", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "Stable identifier; resolves to a page."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "The last part of the type, in snake_case."},
        "severity": {"type": "string", "enum": ["error"]},
        "request_id": {"type": "string"},
    },
}
# By the status that each is told with.
_REFUSALS = {
    "NotSignedIn": ("401", "Pas de session, ou elle est terminée · No session, or it has ended (`not_signed_in`)"),
    "TokenRejected": ("401", "Pas de jeton, ou il a pris fin · No token, or it has ended (`token_rejected`)"),
    "CsrfRejected": ("403", "Témoin sans `X-CSRF-Token` · Cookie without `X-CSRF-Token` (`csrf_rejected`)"),
    "ScopeMissing": ("403", "Le jeton n’a pas la portée · The token does not have the scope (`scope_missing`)"),
    "TooManyRequests": ("429", "Trop de demandes · Too many requests (`too_many_requests`), with `Retry-After`"),
}
# As the services name the scheme in what their methods ask for (`shared.auth`, which this process does not load).
OAUTH2 = "oauth2"


class Documents:
    """Keeps the joined document at hand."""

    def __init__(
        self,
        upstreams: Mapping[str, Upstream],
        *,
        table: Iterable[Route],
        public_url: str,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._upstreams = upstreams
        self._routes = Routes(table)
        self._public_url = public_url
        self._now = now
        self._parts: dict[str, Document] = {}
        self._joined = b""
        self._etag = ""
        self._asked_at: float | None = None
        self._asking: asyncio.Lock | None = None

    async def joined(self) -> tuple[bytes, str]:
        """Return the joined document and its entity tag, asking the services again when it has become old."""
        if self._asking is None:
            self._asking = asyncio.Lock()
        async with self._asking:
            is_whole = len(self._parts) == len(self._upstreams)
            lifetime = FRESH_FOR_S if is_whole else RETRY_AFTER_S
            if self._asked_at is None or self._now() >= self._asked_at + lifetime:
                await self._ask()
        return self._joined, self._etag

    def missing_parts(self) -> list[str]:
        """Return the services that have never been heard of."""
        return [name for name in SERVICES if name not in self._parts]

    async def _ask(self) -> None:
        heard = await asyncio.gather(*(self._part(name) for name in self._upstreams))
        self._parts |= {name: part for name, part in zip(self._upstreams, heard, strict=True) if part is not None}
        joined = join(
            {name: self._parts.get(name) for name in SERVICES}, routes=self._routes, public_url=self._public_url
        )
        self._joined = orjson.dumps(joined, option=orjson.OPT_INDENT_2)
        self._etag = f'"{hashlib.sha256(self._joined).hexdigest()[:32]}"'
        self._asked_at = self._now()

    async def _part(self, service: str) -> Document | None:
        try:
            status, document = await self._upstreams[service].fetch(
                "GET", "/openapi.json", headers={"Accept": "application/json"}, timeout=PATIENCE
            )
        except Problem as problem:
            log.warning("document_missing", service=service, code=problem.code())
            return None
        if status != 200 or not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
            log.warning("document_missing", service=service, status=status)
            return None
        return document


def join(parts: Mapping[str, Document | None], *, routes: Routes, public_url: str) -> Document:
    """Return one OpenAPI 3.1 document of the parts that are at hand."""
    missing = [name for name, part in parts.items() if part is None]
    components: dict[str, Document] = {
        "schemas": {},
        "responses": {
            name: {
                "description": description,
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
            }
            for name, (_, description) in _REFUSALS.items()
        },
        "securitySchemes": _security_schemes(public_url, parts),
    }
    paths: Document = {}
    tags: dict[str, Document] = {}
    for service, part in parts.items():
        if part is None:
            continue
        renamed = _take_components(components, part.get("components", {}), service)
        for path, item in part["paths"].items():
            route = routes.find_path(tuple(path[1:].split("/")))
            # `/internal/…` and whatever else the table does not know cannot be reached from outside.
            if route is not None and route.service == service and (kept := _take_item(item, route, renamed)):
                paths[path] = kept
        for tag in part.get("tags", []):
            tags.setdefault(tag["name"], tag)
    # Ours and theirs are one format; ours is described only where nobody else has described it.
    components["schemas"].setdefault("ProblemOut", _PROBLEM_SCHEMA)
    operation_names.give(paths)
    joined: Document = {
        "openapi": "3.1.0",
        "info": {"title": "Vitrail", "version": version(), "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": list(tags.values()),
        "paths": paths,
        "components": referred(components, paths),
    }
    if missing:
        joined["x-missing-parts"] = missing
        joined["info"]["description"] += (
            f"\n> **Incomplet · Incomplete** : {', '.join(missing)} ne répond pas encore · does not answer yet."
        )
    return joined


def referred(components: dict[str, Document], paths: Document) -> dict[str, Document]:
    """Return the components that the paths need: the shapes of internal calls are nobody's business outside."""
    needed: set[tuple[str, str]] = set()
    ahead = _references(paths)
    while ahead:
        needed |= ahead
        behind = [components.get(section, {}).get(name) for section, name in ahead]
        ahead = _references(behind) - needed
    kept = {
        section: {name: entry for name, entry in entries.items() if (section, name) in needed}
        for section, entries in components.items()
        if section != "securitySchemes"
    }
    return {section: entries for section, entries in kept.items() if entries} | {
        "securitySchemes": components["securitySchemes"]
    }


def _take_components(components: dict[str, Document], offered: Document, service: str) -> dict[str, str]:
    """Add a service's components; return the references that changed because another part uses the name differently."""
    renamed: dict[str, str] = {}
    for section, entries in offered.items():
        if section == "securitySchemes":
            continue
        for name, entry in entries.items():
            if components.get(section, {}).get(name, entry) != entry:
                renamed[f"#/components/{section}/{name}"] = f"#/components/{section}/{service.capitalize()}{name}"
    for section, entries in offered.items():
        if section == "securitySchemes":
            continue
        target = components.setdefault(section, {})
        for name, entry in entries.items():
            reference = renamed.get(f"#/components/{section}/{name}")
            target[name if reference is None else reference.rsplit("/", 1)[1]] = _rewrite(entry, renamed)
    return renamed


def _references(value: Any) -> set[tuple[str, str]]:
    """Return section and name of every component that a part of a document points at."""
    if isinstance(value, dict):
        reference = value.get("$ref")
        own: set[tuple[str, str]] = set()
        if isinstance(reference, str):
            _, _, section, name = reference.split("/", 3)
            own.add((section, name))
        return own.union(*(_references(entry) for entry in value.values()))
    if isinstance(value, list):
        return set().union(*(_references(entry) for entry in value))
    return set()


def _take_item(item: Document, route: Route, renamed: Mapping[str, str]) -> Document:
    """Return a path's description without the methods that cannot be reached; empty when none is left."""
    kept: Document = {}
    is_reachable = False
    for name, entry in item.items():
        if name not in _METHODS:
            kept[name] = _rewrite(entry, renamed)
        elif (guard := route.guards.get(name.upper())) is not None:
            is_reachable = True
            kept[name] = _guarded(_rewrite(entry, renamed), name.upper(), guard)
    return kept if is_reachable else {}


def _guarded(operation: Document, method: str, guard: Guard) -> Document:
    """Add to an operation how one signs in for it, and what the gateway may refuse."""
    is_write = method not in origins.READS
    refusals = ["TooManyRequests"]
    if guard is Guard.SCHOOL:
        # The service has named the scope that the method asks for.
        operation.setdefault("security", [{OAUTH2: []}])
        refusals += ["TokenRejected", "ScopeMissing"]
    elif guard is Guard.CREDENTIALS:
        operation["security"] = [{"client": []}, {}]
    elif guard is Guard.SESSION:
        with_cookie: Document = {"cookie": [], "csrf": []} if is_write else {"cookie": []}
        operation["security"] = [{"bearer": []}, with_cookie]
        refusals += ["NotSignedIn", "CsrfRejected"] if is_write else ["NotSignedIn"]
    else:
        operation["security"] = []
    responses = operation.setdefault("responses", {})
    for name in refusals:
        responses.setdefault(_REFUSALS[name][0], {"$ref": f"#/components/responses/{name}"})
    operation["responses"] = dict(sorted(responses.items()))
    return operation


def _rewrite(value: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            name: renamed.get(entry, entry) if name == "$ref" and isinstance(entry, str) else _rewrite(entry, renamed)
            for name, entry in value.items()
        }
    if isinstance(value, list):
        return [_rewrite(entry, renamed) for entry in value]
    return value


def _security_schemes(public_url: str, parts: Mapping[str, Document | None]) -> Document:
    """Return how one may sign in; of the scopes, identity says which there are."""
    described = parts.get(IDENTITY) or {}
    oauth2 = described.get("components", {}).get("securitySchemes", {}).get(OAUTH2)
    return ({} if oauth2 is None else {OAUTH2: oauth2}) | {
        "client": {"type": "http", "scheme": "basic", "description": "`client_id`, `client_secret` (RFC 6749 §2.3.1)."},
        "bearer": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": cookies.name(cookies.SESSION, public_url)},
        "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
    }
