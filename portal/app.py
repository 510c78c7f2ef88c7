"""The composition root of the portal."""

import gzip
import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import flask
import httpx
import jinja2
from werkzeug.exceptions import HTTPException, NotFound

from portal import clock, family, logs, next_steps, pages, showing
from portal.clock import Clock
from portal.config import Settings
from portal.gateway_calls import Api, Refused, Unreachable
from portal.languages import (
    LANGUAGES,
    NAMES,
    TAGS,
    Texts,
    language_of_path,
    spoken_date,
    spoken_day,
    spoken_moment,
    spoken_money,
    spoken_month,
    spoken_percent,
    spoken_time,
    spoken_wait,
)
from portal.measuring import Measures
from portal.visits import Visits

FOLDER = Path(__file__).parent
# Nothing comes from elsewhere, nothing is written into a page that runs or styles, and a form leads only to us.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
LARGEST_FORM = 64 * 1024
# What templates say in the language of their page.
SPOKEN = (
    *(spoken_date, spoken_day, spoken_time, spoken_moment, spoken_month, spoken_money, spoken_percent),
    spoken_wait,
)
_ASSETS = "/portal/"
_UNWATCHED = frozenset({"livez", "readyz"})


@dataclass(frozen=True)
class Doors:
    """What the pages reach the world by."""

    api: Api
    texts: Texts
    now: Clock
    measures: Measures


class FormRefused(Exception):
    """A form comes from none of this visit's pages: a page of another site, or one that lay open too long."""


def create_app(
    settings: Settings | None = None, *, transport: httpx.BaseTransport | None = None, now: Clock = clock.now
) -> flask.Flask:
    """Return the portal's application.

    Without `settings` they come from the environment, and this process's logs are set up too. `transport` stands in for
    the network between the portal and the API, `now` tells the time.
    """
    if settings is None:
        settings = Settings.from_env()
        logs.configure(as_json=settings.logs_as_json)
    app = flask.Flask("portal", static_folder=None, template_folder=str(FOLDER / "templates"))
    measures = Measures()
    api = Api(settings, measures=measures, transport=transport)
    app.extensions["portal"] = Doors(api, Texts(FOLDER / "texts"), now, measures)
    # Its own redirects to the one spelling of an address would name the machine that it was asked at: ours, not the visitor's.
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    assets = _assets()
    app.jinja_env.globals.update(
        asset=lambda name: f"{_ASSETS}{name}?v={assets[name].digest[:12]}",
        address=showing.address,
        words=showing.words,
        new_key=showing.new_key,
        next_steps=next_steps.next_steps,
        in_other_languages=showing.in_other_languages,
        place=showing.place,
        told_once=showing.told,
        session_rest_s=showing.session_rest_s,
        session_words=showing.session_words,
        name_of=family.name_of,
        full_name_of=family.full_name_of,
        place_of=family.place_of,
        language_names=NAMES,
        language_tags=TAGS,
    )
    for spoken in SPOKEN:
        app.jinja_env.filters[spoken.__name__] = _in_language(spoken)
    app.context_processor(lambda: {"visit": showing.visit(), "language": showing.language()})
    largest_forms: dict[str | None, int] = {}
    _guard(app, Visits(settings, now=now), measures, largest_forms=largest_forms)
    _refuse(app)
    for each in pages.ADDRESSES:
        for language in LANGUAGES:
            app.add_url_rule(
                getattr(each, language),
                endpoint=f"{language}.{each.name}",
                view_func=each.view,
                methods=list(each.methods),
                defaults=dict(each.defaults or {}),
            )
            if each.largest_form is not None:
                largest_forms[f"{language}.{each.name}"] = each.largest_form
    _serve_assets(app, assets)
    app.add_url_rule("/livez", "livez", lambda: {"status": "live"})
    # The portal keeps nothing and waits for nobody: whoever gets this answer has reached one that serves.
    app.add_url_rule("/readyz", "readyz", lambda: {"status": "ready"})
    return app


def _in_language(spoken: Callable[..., str]) -> Callable[..., str]:
    """Return how something is said, for templates: in the language of their page."""
    return lambda said, **rest: spoken(said, showing.language(), **rest)


def _guard(app: flask.Flask, visits: Visits, measures: Measures, *, largest_forms: Mapping[str | None, int]) -> None:

    @app.before_request
    def begin() -> None:
        flask.g.began = time.perf_counter()
        logs.request_id.set(logs.read_request_id(flask.request.headers.get("X-Request-Id")))
        flask.g.language = language_of_path(flask.request.path)
        flask.g.visit = visits.read(flask.request)
        flask.request.max_content_length = largest_forms.get(flask.request.endpoint, LARGEST_FORM)
        if not all(map(showing.is_segment, (flask.request.view_args or {}).values())):
            raise NotFound
        if flask.request.method == "POST" and not flask.g.visit.is_own_form(flask.request.form.get("csrf_token", "")):
            raise FormRefused

    @app.after_request
    def end(response: flask.Response) -> flask.Response:
        headers = response.headers
        headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        # Pages, and what leads on to them; never an asset: caches hold those for everybody, and what an answer 304 says of one
        # with it (RFC 9111 §3.2).
        if response.mimetype == "text/html":
            # What a family saw must not come back by the « back » button of the next visitor of a library's computer.
            headers["Cache-Control"] = "no-store"
            headers["Content-Language"] = TAGS[showing.language()]
            visits.leave(showing.visit(), response)
        if flask.request.endpoint not in _UNWATCHED:
            rule = flask.request.url_rule
            method, route, status = flask.request.method, rule.rule if rule else "", response.status_code
            seconds = time.perf_counter() - flask.g.began
            logs.tell("page", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
            measures.count_page(method=method, route=route, status=status, seconds=seconds)
        return response


def _refuse(app: flask.Flask) -> None:
    """Give every fault a page that says what to do next."""

    @app.errorhandler(Refused)
    def refused(refusal: Refused) -> Any:
        if refusal.code == "not_signed_in":
            return showing.session_over()
        if refusal.code == "reauthentication_required":
            return showing.go_to("reauthentication", back=showing.place() or showing.address("account"))
        return showing.show_fault("refused.html", status=refusal.status, refusal=refusal)

    @app.errorhandler(Unreachable)
    def unreachable(_fault: Unreachable) -> Any:
        response = showing.show_fault("fault.html", status=503, fault="unreachable")
        response.headers["Retry-After"] = "10"
        return response

    @app.errorhandler(FormRefused)
    def form_refused(_fault: FormRefused) -> Any:
        if not showing.visit().is_signed_in and (flask.request.endpoint or "").endswith(".sign_out"):
            # Another window was faster: what the form asks for is done.
            return showing.go_to("sign_in")
        return showing.show_fault("fault.html", status=403, fault="form_refused")

    @app.errorhandler(HTTPException)
    def plain(fault: HTTPException) -> Any:
        if fault.code is not None and fault.code < 400:
            return fault
        names = {404: "not_found", 413: "too_large"}
        name = names.get(fault.code or 500, "not_understood")
        return showing.show_fault("fault.html", status=fault.code or 500, fault=name)

    @app.errorhandler(Exception)
    def fault(fault: Exception) -> Any:
        logs.fault("fault", cause=fault)
        return showing.show_fault("fault.html", status=500, fault="fault")


@dataclass(frozen=True)
class Asset:
    """A file that pages need: as it is, and packed, which is a third of it on a slow line."""

    content: bytes
    packed: bytes
    digest: str
    media_type: str


def _assets() -> dict[str, Asset]:
    """Return each asset by its name."""
    types = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    found = {}
    for file in sorted((FOLDER / "assets").iterdir()):
        content = file.read_bytes()
        packed = gzip.compress(content, mtime=0)
        found[file.name] = Asset(content, packed, hashlib.sha256(content).hexdigest(), types[file.suffix])
    return found


def _serve_assets(app: flask.Flask, assets: Mapping[str, Asset]) -> None:
    def asset(name: str) -> flask.Response:
        if name not in assets:
            raise NotFound
        found = assets[name]
        # Assets alone: a page holds a token beside what an address can put into it, and its packed length would tell of it
        # (BREACH).
        is_packed = flask.request.accept_encodings["gzip"] > 0
        response = flask.Response(found.packed if is_packed else found.content, mimetype=found.media_type)
        response.set_etag(f"{found.digest[:32]}{'-gzip' if is_packed else ''}")
        if is_packed:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        # The address carries the content's digest: a new release has new addresses.
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return cast(flask.Response, response.make_conditional(flask.request))

    app.add_url_rule(f"{_ASSETS}<name>", "asset", asset)
