"""A service's Flask application: refusals printed one way, health, access log, OpenAPI 3.1."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import flask
import flask_smorest
import marshmallow as ma
import orjson
from flask.json.provider import JSONProvider
from flask_smorest.utils import prepare_response
from sqlalchemy.exc import OperationalError, TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shared import ids, logs, tracing
from shared.auth import PassportRequired, ScopeMissing
from shared.metrics import RequestTally
from shared.passports import Passport, PassportOffice
from shared.problem_documents import MEDIA_TYPE, ProblemPrinter
from shared.problems import (
    SHARED,
    BodyTooLarge,
    InternalError,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    Problem,
    Unavailable,
    UnsupportedMediaType,
)
from shared.texts import Texts, language_of
from shared.version import version
from shared.web import pages, uploads

log = logs.get(__name__)

LARGEST_BODY = 64 * 1024
_REFUSED_ACCESS = frozenset({403, 404})
_WITHOUT_BODY = frozenset({"GET", "HEAD"})
_PLAIN = {400: MalformedRequest, 404: NotFound, 405: MethodNotAllowed, 413: BodyTooLarge, 415: UnsupportedMediaType}


class OrjsonProvider(JSONProvider):
    """JSON by orjson: RFC 8259 in and out, a tenth of the standard library's cost."""

    def dumps(self, obj: Any, **_rest: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_rest: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> flask.Response:
        return flask.Response(orjson.dumps(self._prepare_response_obj(args, kwargs)), mimetype="application/json")


class Application(flask.Flask):
    """A Flask application without coroutines: looking for one in each of a request's functions, a dozen times, is left out."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


class MistakeOut(ma.Schema):
    """One thing that is wrong with what was sent, and where."""

    class Meta:
        unknown = ma.INCLUDE

    pointer = ma.fields.String(metadata={"description": "Into the body (RFC 6901): `#/birth_day`."})
    parameter = ma.fields.String(metadata={"description": "The name of the parameter, or of the header."})
    detail = ma.fields.String(required=True)


class ProblemOut(ma.Schema):
    """The one format of every refusal (RFC 9457)."""

    class Meta:
        # Some refusals say more, such as `support_reference` (§3.2): a client that closes the format loses it.
        unknown = ma.INCLUDE

    type = ma.fields.String(required=True, metadata={"description": "Stable identifier; resolves to a page."})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    code = ma.fields.String(required=True, metadata={"description": "The last part of the type, in snake_case."})
    severity = ma.fields.String(required=True, validate=ma.validate.OneOf(["error"]))
    request_id = ma.fields.String(required=True)
    errors = ma.fields.List(
        ma.fields.Nested(MistakeOut),
        metadata={"description": "Where, for validation: `pointer` into the body or name of the `parameter`."},
    )


class Api(flask_smorest.Api):
    """flask-smorest, documenting and answering refusals as problems."""

    ERROR_SCHEMA = ProblemOut

    def handle_http_exception(self, error: HTTPException) -> Response:
        if isinstance(error.code, int) and error.code < 400:
            return error.get_response()
        if (kind := _PLAIN.get(error.code or 500)) is not None:
            return refuse(kind())
        if error.code == 500:
            return refuse(InternalError())
        document, headers = printer().print_plain(
            error.code or 500, language=language(), request_id=logs.request_id.get()
        )
        told = dict(error.get_headers())
        if "Content-Range" in told:
            # How long the file is that was asked for beyond its end (RFC 9110 §15.5.17).
            headers["Content-Range"] = told["Content-Range"]
        return flask.Response(orjson.dumps(document), status=error.code, headers=headers)

    def _register_responses(self) -> None:
        # flask-smorest documents its default error under `application/json`; ours is another media type.
        for name, description in _response_names():
            response: dict[str, Any] = {"description": description, "schema": self.ERROR_SCHEMA}
            prepare_response(response, self.spec, MEDIA_TYPE)
            self.spec.components.response(name, response, lazy=True)


def create_app(
    name: str,
    *,
    title: str,
    folder: Path,
    passport_keys: tuple[str, ...],
    blueprints: Iterable[flask_smorest.Blueprint],
    problems: Iterable[type[Problem]],
    is_ready: Callable[[], bool],
    security_schemes: Mapping[str, Mapping[str, Any]] | None = None,
) -> flask.Flask:
    """Return a service's application with everything that services share.

    `folder` holds the service's `texts/`; `problems` are the refusals of its own (a page is served for each, and for
    those that all services share, at `/problems/<name>/<slug>`); `is_ready` tells `/readyz` whether requests can be served;
    `security_schemes` are those of the OpenAPI document.
    """
    app = Application(name, static_folder=None)
    app.json = OrjsonProvider(app)
    app.config.update(
        API_TITLE=title,
        API_VERSION=version(),
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        MAX_CONTENT_LENGTH=LARGEST_BODY,
    )
    texts = Texts(folder / "texts")
    app.extensions["passport_office"] = PassportOffice(name, passport_keys)
    app.extensions["problem_printer"] = ProblemPrinter(name, texts)
    app.extensions["request_tally"] = RequestTally()
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)
    app.register_error_handler(Problem, refuse)
    app.register_error_handler(OperationalError, _unavailable)
    app.register_error_handler(PoolTimeout, _unavailable)
    app.register_error_handler(Exception, _fault)
    api = Api(app)
    api.ma_plugin.converter.add_attribute_function(_choice_or_null)
    for scheme, described in (security_schemes or {}).items():
        api.spec.components.security_scheme(scheme, described)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    app.register_blueprint(pages.health(is_ready))
    app.register_blueprint(pages.problems(name, texts, [*problems, *SHARED, PassportRequired, ScopeMissing]))
    return app


def printer() -> ProblemPrinter:
    """Return this application's problem printer."""
    found: ProblemPrinter = flask.current_app.extensions["problem_printer"]
    return found


def language() -> str:
    """Return the language of this request, French unless asked otherwise."""
    return language_of(flask.request.headers.get("Accept-Language"))


def refuse(problem: Problem) -> flask.Response:
    """Return the answer that prints `problem`."""
    document, headers = printer().print(problem, language=language(), request_id=logs.request_id.get())
    flask.g.refused = problem.code()
    return flask.Response(orjson.dumps(document), status=problem.status, headers=headers)


@dataclass(slots=True)
class _Visit:
    """One request on its way: asked for once, because Flask's own names look it up each time."""

    began: float
    request_id: str
    method: str
    work: tracing.Work
    status: int = 0
    route: str = ""


def _begin() -> None:
    began = time.perf_counter()
    request = flask.request
    environ = request.environ
    given = environ.get("HTTP_X_REQUEST_ID")
    # Only the gateway reaches a service, and it makes the id itself; anything else in its place is replaced.
    request_id = given if isinstance(given, str) and ids.is_id(given) else ids.new()
    logs.request_id.set(request_id)
    method: str = environ["REQUEST_METHOD"]
    work = tracing.begin(method, kind=tracing.Kind.SERVER, parent=environ.get("HTTP_TRACEPARENT"))
    flask.g.visit = _Visit(began, request_id, method, work)
    if method not in _WITHOUT_BODY or "CONTENT_LENGTH" in environ:
        bound = flask.current_app.config["MAX_CONTENT_LENGTH"]
        largest = request.max_content_length = uploads.largest_body(otherwise=bound)
        length = request.content_length
        if length is not None and length > largest:
            raise BodyTooLarge
    if (arguments := request.view_args) and any("\x00" in str(value) for value in arguments.values()):
        # PostgreSQL takes no NUL, not even to look for it; nothing of ours is called so.
        raise NotFound


def _end(response: flask.Response) -> flask.Response:
    headers = response.headers
    headers.setdefault("Cache-Control", "no-store")
    headers["X-Content-Type-Options"] = "nosniff"
    rule = flask.request.url_rule
    route = rule.rule if rule is not None else None
    visit: _Visit = flask.g.visit
    visit.status, visit.route = response.status_code, route or ""
    if route not in pages.QUIET:
        _tell(visit, route=route)
    if visit.status in _REFUSED_ACCESS:
        _tell_refused_access()
    return response


def _tell(visit: _Visit, *, route: str | None) -> None:
    """Log the answer, and count it."""
    seconds = time.perf_counter() - visit.began
    method, status, code = visit.method, visit.status, flask.g.get("refused")
    log.info("request", method=method, route=route, status=status, code=code, ms=round(seconds * 1000, 1))
    tally: RequestTally = flask.current_app.extensions["request_tally"]
    tally.count(method=method, route=route, status=status, code=code, seconds=seconds)


def _tell_refused_access() -> None:
    """Log that somebody whom we know asked for what is not theirs, or is nothing (CHD-13): who and where, never which."""
    passport: Passport | None = flask.g.get("passport")
    rule = flask.request.url_rule
    # Whoever mistypes an address has no rule, and asks for nobody's.
    if passport is not None and passport.roles and rule is not None:
        log.warning(
            "access_refused",
            account_id=passport.account_id,
            client_id=passport.client_id,
            route=rule.rule,
            code=flask.g.get("refused"),
        )


def _forget(_fault: BaseException | None) -> None:
    visit: _Visit | None = flask.g.pop("visit", None)
    if visit is not None:
        told: dict[str, str | int] = {
            "http.request.method": visit.method,
            "http.route": visit.route,
            "http.response.status_code": visit.status,
            "vitrail.request_id": visit.request_id,
        }
        tracing.end(visit.work, attributes=told, has_failed=not 0 < visit.status < 500)
    # The thread goes on to other work, which must not carry this request's id.
    logs.request_id.set(None)


def _choice_or_null(_converter: Any, field: ma.fields.Field[Any], ret: dict[str, Any], **_rest: Any) -> dict[str, Any]:
    """Describe a choice that may be null as the choice, or null.

    apispec puts null among the choices of a string: generators of clients make of it three lists of choices, or a fourth choice.
    """
    if not field.allow_none or None not in ret.get("enum", ()):
        return {}
    choice = {"type": next(each for each in ret.pop("type") if each != "null")}
    choices = [each for each in ret.pop("enum") if each is not None]
    return {"anyOf": [{**choice, "enum": choices}, {"type": "null"}]}


def _unavailable(fault: Exception) -> flask.Response:
    log.error("database_unavailable", kind=type(fault).__name__)
    return refuse(Unavailable())


def _fault(fault: Exception) -> flask.Response:
    # The statement's parameters are left out: they may be a child's.
    log.error("fault", kind=type(fault).__name__, exc_info=fault)
    return refuse(InternalError())


def _response_names() -> list[tuple[str, str]]:
    names = [(status.name, status.phrase) for status in HTTPStatus]
    return [*names, ("DEFAULT_ERROR", "A refusal (RFC 9457)")]
