"""The calls that are looked at within one process: which application, which requests, and what they must answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import flask

from services.enrollment.app import create_app as create_enrollment
from services.enrollment.config import Settings as EnrollmentSettings
from services.identity.app import create_app as create_identity
from services.identity.config import Settings as IdentitySettings
from shared import auth, web
from shared.passports import HEADER, Passport, PassportOffice
from tests.benchmarks.support import bare
from tests.benchmarks.support.load import Request
from tests.benchmarks.support.portal import ALONE, LARGE_FAMILY, Portal

BARE = "bare Flask JSON answer"
GUARDED = "the same answer with our log line, request id, metrics and passport check"
ASK = "ask for a code"
VERIFY = "verify a code"
INTROSPECT = "read session (as the gateway asks)"
SESSION = "read session"
SIGN_IN = "sign in"
CHILDREN = "read two children"
FAMILY = f"read {LARGE_FAMILY} children"
ORGANISATIONS = "list 20 organisations"

_FOLDER_WITH_TEXTS = Path(__file__).resolve().parents[3] / "services" / "identity"
_KEY = "passport-key-of-the-benchmark-0123456789"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A call: `requests(count)` makes that many of it, right before they are sent."""

    name: str
    app: flask.Flask
    requests: Callable[[int], list[Request]]
    status: int = 200


def cases(portal: Portal) -> list[Case]:
    """Return the calls, with their applications on the portal's databases."""
    identity = create_identity(IdentitySettings.from_env(portal.environments["identity"]))
    enrollment = create_enrollment(EnrollmentSettings.from_env(portal.environments["enrollment"]))
    assert portal.large_family is not None
    asked: list[str] = []

    def asks(count: int) -> list[Request]:
        asked.append(f"case{len(asked)}")
        return portal.asks_for_codes(count, road=ALONE, name=asked[-1])

    def verifications(count: int) -> list[Request]:
        # Of the codes that the calls before have asked for.
        return [each for name in asked for each in portal.verifications(road=ALONE, name=name)][:count]

    children = partial(portal.reads, "/api/v1/children", audience="enrollment", road=ALONE)
    return [
        Case(name=BARE, app=bare.create_app(), requests=partial(_repeated, lambda: [Request("GET", bare.PATH, {})])),
        Case(name=GUARDED, app=guarded(), requests=partial(_repeated, _guarded_requests)),
        Case(name=ASK, app=identity, requests=asks, status=202),
        Case(name=VERIFY, app=identity, requests=verifications),
        Case(name=INTROSPECT, app=identity, requests=partial(_repeated, portal.introspections)),
        Case(
            name=SESSION,
            app=identity,
            requests=partial(_repeated, partial(portal.reads, "/api/v1/session", audience="identity", road=ALONE)),
        ),
        Case(name=CHILDREN, app=enrollment, requests=partial(_repeated, children)),
        Case(
            name=FAMILY, app=enrollment, requests=partial(_repeated, partial(children, parents=[portal.large_family]))
        ),
        Case(
            name=ORGANISATIONS,
            app=enrollment,
            requests=partial(_repeated, partial(portal.lists_of_organisations, road=ALONE)),
        ),
        Case(name=SIGN_IN, app=identity, requests=partial(_repeated, partial(portal.sign_ins, road=ALONE)), status=201),
    ]


def guarded() -> flask.Flask:
    """Return the bare endpoint as a service of ours would have it: guarded, logged, with a request id."""
    blueprint = web.Blueprint("bare", __name__)
    blueprint.before_request(auth.public)

    @blueprint.get(bare.PATH)
    def answer() -> flask.Response:
        return flask.jsonify(status="live", language="fr", expires_at="2026-01-15T14:30:00+00:00")

    return web.create_app(
        "guarded",
        title="Guarded",
        folder=_FOLDER_WITH_TEXTS,
        passport_keys=(_KEY,),
        blueprints=(blueprint,),
        problems=(),
        is_ready=lambda: True,
    )


def _guarded_requests() -> list[Request]:
    passport = PassportOffice("guarded", (_KEY,)).sign(Passport(address="198.18.0.1"))
    return [Request("GET", bare.PATH, {HEADER: passport, "X-Request-Id": "019a8f3e-6b1c-7d20-9a55-0c1f2e3d4b5a"})]


def _repeated(make: Callable[[], Sequence[Request]], count: int) -> list[Request]:
    made = make()
    return [made[number % len(made)] for number in range(count)]


def by_name(found: Sequence[Case]) -> Mapping[str, Case]:
    """Return cases by their names."""
    return {case.name: case for case in found}
