"""The one table of what can be reached from outside: method and template, who answers, who may ask, how much.

What is not in the table does not exist (GWY-3). A new endpoint is a new line; a template is made of literal segments
and `{names}`, each of which stands for one segment. A literal wins over a name.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from types import MappingProxyType

from shared.problems import MethodNotAllowed, NotFound

IDENTITY = "identity"
ENROLLMENT = "enrollment"
ATTENDANCE = "attendance"
RECORDS = "records"
GATEWAY = "gateway"
PORTAL = "portal"
SERVICES = (IDENTITY, ENROLLMENT, ATTENDANCE, RECORDS)

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE
# As large as what was sent before under the same name.
LARGEST_DOCUMENT = 10 * MEBIBYTE
JSON = ("application/json",)
FORM = ("application/x-www-form-urlencoded",)
NDJSON = ("application/x-ndjson",)
MULTIPART = ("multipart/form-data",)
PDF = ("application/pdf",)
ZIP = ("application/zip", "application/x-zip-compressed")


class Guard(Enum):
    """Who may ask: everybody, whoever has a session, a client of an organisation with its own token, or whoever shows
    credentials that the service itself looks at.
    """

    ANYONE = "anyone"
    SESSION = "session"
    SCHOOL = "school"
    CREDENTIALS = "credentials"


ANYONE = Guard.ANYONE
SESSION = Guard.SESSION
SCHOOL = Guard.SCHOOL
CREDENTIALS = Guard.CREDENTIALS


@dataclass(frozen=True, kw_only=True)
class Route:
    """One template and what the gateway does before anybody behind it hears of a request."""

    template: str
    service: str
    guards: Mapping[str, Guard]
    largest_body: int = 64 * KIBIBYTE
    media_types: tuple[str, ...] = JSON
    timeout: timedelta | None = None
    # A page of another site sends the browser here with a form (`response_mode=form_post`): only for what proves nothing
    # without a secret of the browser's own.
    is_return: bool = False
    # Larger than memory has room for: taken in on disk, and passed on once it is whole (see `uploads`).
    is_streamed: bool = False
    # The answer may be a file, written while it is read: taken in on disk at our own speed, so that a slow reader holds none
    # of the service's threads (see `uploads`).
    gives_file: bool = False
    # What such an answer may take of our disk; one that goes on for longer is broken off.
    largest_answer: int = LARGEST_DOCUMENT
    # Such an answer is as large as what schools send, and takes one of the places of those files.
    gives_list: bool = False

    @property
    def methods(self) -> tuple[str, ...]:
        """Return the methods that it takes, for `Allow`."""
        return tuple(self.guards)


def route(
    template: str,
    service: str,
    *,
    largest_body: int = 64 * KIBIBYTE,
    media_types: tuple[str, ...] = JSON,
    timeout: timedelta | None = None,
    is_return: bool = False,
    is_streamed: bool = False,
    gives_file: bool = False,
    largest_answer: int = LARGEST_DOCUMENT,
    gives_list: bool = False,
    **guards: Guard,
) -> Route:
    """Return a line of the table; the methods are the remaining arguments, and HEAD comes with GET."""
    if "GET" in guards:
        guards["HEAD"] = guards["GET"]
    return Route(
        template=template,
        service=service,
        guards=MappingProxyType(guards),
        largest_body=largest_body,
        media_types=media_types,
        timeout=timeout,
        is_return=is_return,
        is_streamed=is_streamed,
        gives_file=gives_file,
        largest_answer=largest_answer,
        gives_list=gives_list,
    )


def problem_pages(service: str) -> tuple[Route, Route]:
    """Return the lines that make the problem types of a service resolve."""
    return (
        route(f"/problems/{service}/", service, GET=ANYONE),
        route(f"/problems/{service}/{{slug}}", service, GET=ANYONE),
    )


def records_of_schools(*paths: str) -> Iterator[Route]:
    """Yield the lines of what a school's system sends of each kind of entry: many at once, one, and its publication."""
    for path in paths:
        yield route(
            f"/school/v1/{path}",
            RECORDS,
            largest_body=64 * MEBIBYTE,
            media_types=NDJSON,
            timeout=timedelta(minutes=15),
            is_streamed=True,
            POST=SCHOOL,
        )
        yield route(f"/school/v1/{path}/{{source_id}}", RECORDS, GET=SCHOOL, PUT=SCHOOL)
        yield route(f"/school/v1/{path}/{{source_id}}/revisions", RECORDS, GET=SCHOOL)
        yield route(f"/school/v1/{path}/{{source_id}}/publication", RECORDS, PUT=SCHOOL, DELETE=SCHOOL)


def documents(*paths: str) -> Iterator[Route]:
    """Yield the lines of the documents beside some kinds of entries: what parents download, and what schools send."""
    for path in paths:
        one = path.removesuffix("s").replace("-", "_")
        yield route(
            f"/api/v1/children/{{child_id}}/{path}/{{{one}_id}}/document", RECORDS, gives_file=True, GET=SESSION
        )
        yield route(
            f"/school/v1/{path}/{{source_id}}/document",
            RECORDS,
            largest_body=10 * MEBIBYTE,
            media_types=PDF,
            is_streamed=True,
            gives_file=True,
            GET=SCHOOL,
            PUT=SCHOOL,
            DELETE=SCHOOL,
        )


TABLE: tuple[Route, ...] = (
    # Our own.
    route("/", GATEWAY, GET=ANYONE),
    route("/livez", GATEWAY, GET=ANYONE),
    route("/readyz", GATEWAY, GET=ANYONE),
    route("/api/docs", GATEWAY, GET=ANYONE),
    route("/api/docs/events", GATEWAY, GET=ANYONE),
    route("/api/docs/events/{language}", GATEWAY, GET=ANYONE),
    route("/api/v1/openapi.json", GATEWAY, GET=ANYONE),
    route("/api/v1/asyncapi.json", GATEWAY, GET=ANYONE),
    route("/assets/{asset}", GATEWAY, GET=ANYONE),
    *problem_pages(GATEWAY),
    # Identity.
    route("/api/v1/password-policy", IDENTITY, GET=ANYONE),
    route("/api/v1/notices", IDENTITY, GET=ANYONE),
    route("/api/v1/help-links", IDENTITY, GET=ANYONE),
    route("/api/v1/verification-codes", IDENTITY, POST=ANYONE),
    route("/api/v1/verification-codes/{challenge_id}", IDENTITY, GET=ANYONE, DELETE=ANYONE),
    route("/api/v1/verification-codes/{challenge_id}/verification", IDENTITY, POST=ANYONE),
    route("/api/v1/accounts", IDENTITY, POST=ANYONE),
    route("/api/v1/password-resets", IDENTITY, POST=ANYONE),
    route("/api/v1/session", IDENTITY, POST=ANYONE, GET=SESSION, DELETE=SESSION),
    route("/api/v1/session/reauthentication", IDENTITY, POST=SESSION),
    route("/api/v1/sessions", IDENTITY, GET=SESSION, DELETE=SESSION),
    route("/api/v1/sessions/{session_id}", IDENTITY, DELETE=SESSION),
    route("/api/v1/account", IDENTITY, GET=SESSION, PATCH=SESSION, DELETE=SESSION),
    route("/api/v1/account/password", IDENTITY, PUT=SESSION),
    route("/api/v1/account/email", IDENTITY, PUT=SESSION),
    route("/api/v1/account/activity", IDENTITY, GET=SESSION),
    route("/api/v1/account/exports", IDENTITY, POST=SESSION),
    route("/api/v1/email-change-undos", IDENTITY, POST=ANYONE),
    route("/api/v1/account/identities", IDENTITY, GET=SESSION, POST=SESSION),
    route("/api/v1/account/identities/{identity_id}", IDENTITY, DELETE=SESSION),
    route("/api/v1/social-providers", IDENTITY, GET=ANYONE),
    route("/api/v1/social/{provider}/start", IDENTITY, GET=ANYONE),
    route("/api/v1/social/{provider}/callback", IDENTITY, media_types=FORM, is_return=True, GET=ANYONE, POST=ANYONE),
    route("/api/v1/social-visits", IDENTITY, POST=ANYONE),
    route("/api/v1/social-arrivals", IDENTITY, POST=ANYONE),
    route("/api/v1/social-confirmation", IDENTITY, GET=ANYONE, POST=ANYONE, DELETE=ANYONE),
    route("/school/v1/token", IDENTITY, media_types=FORM, POST=CREDENTIALS),
    *problem_pages(IDENTITY),
    # Enrollment.
    route("/api/v1/organisations", ENROLLMENT, GET=ANYONE),
    route("/api/v1/claim-form", ENROLLMENT, GET=SESSION),
    route("/api/v1/claims", ENROLLMENT, POST=SESSION),
    route("/api/v1/children", ENROLLMENT, GET=SESSION),
    route("/api/v1/children/{child_id}", ENROLLMENT, GET=SESSION, DELETE=SESSION),
    route("/api/v1/children/{child_id}/other-guardians", ENROLLMENT, GET=SESSION),
    route("/api/v1/children/{child_id}/other-guardians/{link_id}/dispute", ENROLLMENT, POST=SESSION),
    route("/api/v1/children/{child_id}/re-registration", ENROLLMENT, GET=SESSION, PUT=SESSION),
    route("/api/v1/children/{child_id}/access-journal", ENROLLMENT, GET=SESSION),
    route("/school/v1/claims", ENROLLMENT, GET=SCHOOL),
    route("/school/v1/support-references/{reference}", ENROLLMENT, GET=SCHOOL),
    route("/school/v1/disputes", ENROLLMENT, GET=SCHOOL, POST=SCHOOL),
    route("/school/v1/disputes/{dispute_id}/decision", ENROLLMENT, POST=SCHOOL),
    route("/school/v1/campaigns", ENROLLMENT, GET=SCHOOL, POST=SCHOOL),
    route("/school/v1/campaigns/{campaign_id}", ENROLLMENT, PATCH=SCHOOL),
    route(
        "/school/v1/campaigns/{campaign_id}/answers",
        ENROLLMENT,
        # All the answers of a board, or of a province.
        timeout=timedelta(minutes=10),
        gives_file=True,
        gives_list=True,
        largest_answer=256 * MEBIBYTE,
        GET=SCHOOL,
    ),
    route(
        "/school/v1/imports",
        ENROLLMENT,
        largest_body=256 * MEBIBYTE,
        media_types=ZIP,
        # A province is taken in within minutes, and an answer that comes later is found in the list of imports.
        timeout=timedelta(minutes=15),
        is_streamed=True,
        GET=SCHOOL,
        POST=SCHOOL,
    ),
    route("/school/v1/imports/{import_id}", ENROLLMENT, GET=SCHOOL),
    route("/school/v1/imports/{import_id}/rejections", ENROLLMENT, GET=SCHOOL),
    route("/school/v1/students/{source_id}", ENROLLMENT, GET=SCHOOL, PUT=SCHOOL, DELETE=SCHOOL),
    route("/school/v1/students/{source_id}/pins", ENROLLMENT, GET=SCHOOL, POST=SCHOOL),
    route("/school/v1/students/{source_id}/pins/{pin_id}", ENROLLMENT, DELETE=SCHOOL),
    route("/school/v1/subscriptions", ENROLLMENT, GET=SCHOOL, PUT=SCHOOL),
    *problem_pages(ENROLLMENT),
    # Attendance.
    route("/api/v1/absence-notices", ATTENDANCE, POST=SESSION),
    route("/api/v1/children/{child_id}/absence-reasons", ATTENDANCE, GET=SESSION),
    route("/api/v1/children/{child_id}/absence-notices", ATTENDANCE, GET=SESSION, POST=SESSION),
    route("/api/v1/children/{child_id}/absence-notices/{notice_id}", ATTENDANCE, DELETE=SESSION),
    route("/api/v1/children/{child_id}/absences", ATTENDANCE, GET=SESSION),
    route("/api/v1/children/{child_id}/absences/{absence_id}/motivation", ATTENDANCE, POST=SESSION),
    route(
        "/school/v1/absences",
        ATTENDANCE,
        largest_body=64 * MEBIBYTE,
        media_types=NDJSON,
        timeout=timedelta(minutes=15),
        is_streamed=True,
        POST=SCHOOL,
    ),
    route("/school/v1/absences/{source_id}", ATTENDANCE, GET=SCHOOL, PUT=SCHOOL),
    route("/school/v1/absence-notices", ATTENDANCE, GET=SCHOOL),
    route("/school/v1/absence-notices/{notice_id}/acknowledgement", ATTENDANCE, POST=SCHOOL),
    route("/school/v1/motivations", ATTENDANCE, GET=SCHOOL),
    route("/school/v1/motivations/{motivation_id}/decision", ATTENDANCE, POST=SCHOOL),
    route("/school/v1/absence-contradictions", ATTENDANCE, GET=SCHOOL),
    route("/school/v1/attendance-rules", ATTENDANCE, GET=SCHOOL, PUT=SCHOOL),
    route("/school/v1/bell-times", ATTENDANCE, GET=SCHOOL, PUT=SCHOOL),
    route("/school/v1/bell-times/{school_source_id}", ATTENDANCE, PUT=SCHOOL, DELETE=SCHOOL),
    route("/school/v1/school-years", ATTENDANCE, GET=SCHOOL, PUT=SCHOOL),
    route("/school/v1/absence-reasons", ATTENDANCE, GET=SCHOOL, PUT=SCHOOL),
    *problem_pages(ATTENDANCE),
    # Records.
    route("/api/v1/children/{child_id}/tiles", RECORDS, GET=SESSION),
    *(
        route(f"/api/v1/children/{{child_id}}/{tab}", RECORDS, GET=SESSION)
        for tab in (
            *("results", "ministerial-results", "assignments", "report-cards", "statements", "tax-slips"),
            *("file", "agenda", "messages", "resources", "contact"),
        )
    ),
    route("/api/v1/children/{child_id}/messages/{message_id}", RECORDS, PATCH=SESSION),
    route("/api/v1/help", RECORDS, GET=ANYONE),
    route(
        "/api/v1/support-requests",
        RECORDS,
        # A screenshot, and the words around it.
        largest_body=5 * MEBIBYTE + 64 * KIBIBYTE,
        media_types=MULTIPART,
        is_streamed=True,
        POST=SESSION,
    ),
    route("/school/v1/support-requests", RECORDS, GET=SCHOOL),
    route("/school/v1/support-requests/{request_id}/screenshot", RECORDS, gives_file=True, GET=SCHOOL),
    route("/school/v1/support-requests/{request_id}/handling", RECORDS, POST=SCHOOL),
    route("/school/v1/tiles", RECORDS, GET=SCHOOL, PUT=SCHOOL),
    *records_of_schools(
        *("results", "ministerial-results", "assignments", "report-cards", "statements", "tax-slips"),
        *("files", "agenda", "messages", "resources", "contacts"),
    ),
    *documents("report-cards", "statements", "tax-slips"),
    route("/school/v1/releases", RECORDS, GET=SCHOOL),
    route("/school/v1/releases/{code}", RECORDS, GET=SCHOOL, PUT=SCHOOL),
    route("/school/v1/ministerial-sessions/{session}", RECORDS, GET=SCHOOL, PUT=SCHOOL),
    # Anybody who holds a document may ask.
    route("/api/v1/verification-keys", RECORDS, GET=ANYONE),
    route(
        "/api/v1/verifications",
        RECORDS,
        largest_body=10 * MEBIBYTE,
        media_types=JSON + PDF,
        is_streamed=True,
        POST=ANYONE,
    ),
    route("/verification/{signature}", RECORDS, GET=ANYONE),
    *problem_pages(RECORDS),
)


# What is no line of the table is a page, where there is a portal: which pages there are is its own business.
PAGES = route(
    "/*",
    PORTAL,
    # A document to be verified, and the form around it: the largest that any call of the API takes of people.
    largest_body=10 * MEBIBYTE + 64 * KIBIBYTE,
    media_types=FORM + MULTIPART,
    is_streamed=True,
    gives_file=True,
    GET=ANYONE,
    POST=ANYONE,
)
# What most forms are: without a file, and small enough for memory.
PLAIN_FORMS = replace(PAGES, largest_body=64 * KIBIBYTE, media_types=FORM, is_streamed=False)
# Where programs knock, or we answer ourselves: what is not in the table there is nothing.
_NO_PAGES = frozenset({"api", "school", "problems", "assets", "verification", "internal", "livez", "readyz"})


def is_page(segments: tuple[str, ...], found: Route | None) -> bool:
    """Tell whether an address is the portal's, where there is one: the first page, and whatever nobody else has."""
    return segments == ("",) or (found is None and segments[0] not in _NO_PAGES)


class Routes:
    """Finds the line of the table for a request."""

    def __init__(self, table: Iterable[Route] = TABLE) -> None:
        self._root: _Node = _Node()
        for each in table:
            node = self._root
            for segment in each.template[1:].split("/"):
                node = node.below(None if segment.startswith("{") else segment)
            if node.route is not None:
                raise ValueError(f"two lines for {each.template}")
            node.route = each

    def find(self, method: str, segments: tuple[str, ...]) -> tuple[Route, Guard]:
        """Return the line for a path, and the guard of the method.

        Raises:
            NotFound: the path is not in the table.
            MethodNotAllowed: the path is, with other methods; `facts["allow"]` names them.
        """
        found = self.find_path(segments)
        if found is None:
            raise NotFound
        guard = found.guards.get(method)
        if guard is None:
            raise MethodNotAllowed(allow=", ".join(found.methods))
        return found, guard

    def find_path(self, segments: tuple[str, ...]) -> Route | None:
        """Return the line for a path, whatever the method, or None."""
        return self._root.find(segments, 0)


class _Node:
    __slots__ = ("children", "route")

    def __init__(self) -> None:
        self.children: dict[str | None, _Node] = {}
        self.route: Route | None = None

    def below(self, key: str | None) -> "_Node":
        return self.children.setdefault(key, _Node())

    def find(self, segments: tuple[str, ...], position: int) -> Route | None:
        if position == len(segments):
            return self.route
        segment = segments[position]
        if (literal := self.children.get(segment)) is not None:
            found = literal.find(segments, position + 1)
            if found is not None:
                return found
        # A name stands for one segment, and an empty one is none: `/children/` is not a child.
        named = self.children.get(None) if segment else None
        return None if named is None else named.find(segments, position + 1)
