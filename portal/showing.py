"""What every page is made with: the visit it belongs to, its language, addresses of other pages, and its template."""

import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

import flask
import httpx
from werkzeug.wrappers import Response

from portal.gateway_calls import CLIENT, Api, Ask, Asker, Page, Refused, Said, Unreachable
from portal.languages import LANGUAGES, SCHOOLS, Texts, spoken_time
from portal.visits import Visit
from vitrail_client.api.session import get_session

View = Callable[..., Any]
MOST_PAGES = 1000
ASK_EVERY_S = 60
LONGEST_PATH = 1024
_PAGE = re.compile(r"[0-9]{1,6}", re.ASCII)
# As `new_key` makes them.
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Address:
    """A page's address in both languages, and the view that makes it."""

    name: str
    fr: str
    en: str
    view: View
    methods: tuple[str, ...] = ("GET",)
    defaults: Mapping[str, Any] | None = None
    # What its form may weigh, where a file comes with it.
    largest_form: int | None = None


def visit() -> Visit:
    """Return the visit that this request belongs to."""
    return cast(Visit, flask.g.visit)


def language() -> str:
    """Return the language of this page."""
    return cast(str, flask.g.language)


def api() -> Api:
    """Return the public API."""
    return cast(Api, flask.current_app.extensions["portal"].api)


def now() -> datetime:
    """Return this moment."""
    return cast(datetime, flask.current_app.extensions["portal"].now())


def asker() -> Asker:
    """Return for whom the API is asked."""
    headers = flask.request.headers
    return Asker(
        language=language(),
        token=visit().token,
        browser=headers.get("User-Agent", ""),
        client=headers.get(CLIENT, ""),
        kept=visit().kept,
    )


def call(ask: Ask[Said], *, key: str = "") -> Said:
    """Return what the API answers to whoever visits; raises as `Api.call`."""
    return api().call(ask, asker=asker(), key=key)


def call_for_page(ask: Ask[Said]) -> tuple[Said, Page]:
    """Return a page of a list, and where it stands; raises as `Api.call`."""
    return api().call_for_page(ask, asker=asker())


def open_answer(method: str, path: str, *, headers: Mapping[str, str]) -> httpx.Response:
    """Return an answer of the API that is still to be read, and then closed; raises as `Api.open`."""
    return api().open(method, path, asker=asker(), headers=headers)


def words(key: str, **facts: object) -> str:
    """Return a text in the language of this page."""
    texts: Texts = flask.current_app.extensions["portal"].texts
    return texts.of(key, language(), **facts)


def told() -> str:
    """Return what this page says once, and say it no more; "" when that is nothing, or words of another release."""
    key = f"told.{visit().told}"
    visit().told = ""
    texts: Texts = flask.current_app.extensions["portal"].texts
    return words(key) if key in texts.keys(language()) else ""


def address(name: str, **values: Any) -> str:
    """Return the address of a page in the language of this one."""
    return flask.url_for(f"{values.pop('language', language())}.{name}", **values)


def go_to(name: str, **values: Any) -> Response:
    """Return the answer that leads to another page, which a reload then repeats instead of the form (RFC 9110 §15.4.4)."""
    return flask.redirect(address(name, **values), code=303)


def show(template: str, *, status: int = 200, **facts: Any) -> flask.Response:
    """Return a page; whose session has ended meanwhile is led to sign in again instead."""
    try:
        if visit().is_signed_in:
            learn_session_end()
    except Refused as refusal:
        if refusal.code == "not_signed_in":
            return session_over()
    return show_fault(template, status=status, **facts)


def show_fault(template: str, *, status: int, **facts: Any) -> flask.Response:
    """Return a page for which the API is asked nothing more: it has just said no, or nothing."""
    return flask.make_response(flask.render_template(template, **facts), status)


def begin_session(*, token: str, email: str) -> None:
    """Remember a session that the API has just opened, and until when it lasts."""
    visit().sign_in(token=token, email=email)
    with suppress(Refused):
        learn_session_end()


def learn_session_end(*, anew: bool = False) -> None:
    """Learn from the API when the session ends: at most once a minute, because asking is a use of it.

    Raises:
        Refused: it has ended.
    """
    known, moment = visit(), now().timestamp()
    if not anew and moment < known.asked_at + min(ASK_EVERY_S, max(0.0, known.ends_at - known.asked_at) / 10):
        return
    try:
        told = call(lambda client: get_session.sync_detailed(client=client))
    except Unreachable:
        # The page matters more than its last line.
        known.ends_at = 0.0
    else:
        known.ends_at, known.asked_at = told.expires_at.timestamp(), moment


def session_rest_s() -> int | None:
    """Return the seconds that the session lasts without further use, None when that is not known."""
    rest = int(visit().ends_at - now().timestamp())
    return rest if visit().is_signed_in and rest > 0 else None


def session_words() -> str:
    """Return when the session ends, as it is said to whoever is signed in."""
    ends_at = datetime.fromtimestamp(visit().ends_at, SCHOOLS)
    return words("session.ends", at=spoken_time(ends_at.time(), language()))


def place() -> str:
    """Return where to come back to: this page, or the one whose form was sent; "" when that one stands elsewhere."""
    rule = flask.request.url_rule
    is_shown = rule is not None and "GET" in (rule.methods or ())
    return flask.request.full_path.rstrip("?") if is_shown else ""


def session_over() -> flask.Response:
    """Return the answer to somebody whose session has ended: they sign in again, and are where they were."""
    visit().sign_out()
    visit().told = "session_over" if flask.request.method in {"GET", "HEAD"} else "session_over_unsent"
    back = place()
    return cast(flask.Response, go_to("sign_in", **({"back": back} if back else {})))


def typed() -> dict[str, str]:
    """Return what a form says, without the blanks around it; passwords stay as they are typed."""
    form = flask.request.form
    return {name: value if "password" in name else value.strip() for name, value in form.items()}


def page_asked() -> int:
    """Return which page of a list an address asks for, the first when it asks for none that there could be."""
    number = flask.request.args.get("page", "1")
    return max(1, min(int(number), MOST_PAGES)) if _PAGE.fullmatch(number) else 1


def key() -> str:
    """Return what makes a form count once, however often its button is pressed; "" where it is none that we made."""
    given = flask.request.form.get("key", "")
    return given if _KEY.fullmatch(given) else ""


def new_key() -> str:
    """Return a key for a new form."""
    return secrets.token_urlsafe(18)


def in_other_languages() -> dict[str, str]:
    """Return this page's address in each other language, or the first page's where this one has none."""
    endpoint, arguments = flask.request.endpoint or "", flask.request.view_args or {}
    prefix, _, name = endpoint.partition(".")
    others = [each for each in LANGUAGES if each != language()]
    rule = flask.request.url_rule
    if prefix not in LANGUAGES or rule is None or "GET" not in (rule.methods or ()):
        return {other: flask.url_for(f"{other}.sign_in") for other in others}
    # Put behind the address, and never among its values: some names there are orders to its maker (`_scheme`, `_external`).
    query = urlencode(list(flask.request.args.items(multi=True)), safe="/:@,")
    behind = f"?{query}" if query else ""
    return {other: flask.url_for(f"{other}.{name}", **arguments) + behind for other in others}


def is_segment(text: str) -> bool:
    """Tell whether `text` names something where it stands in a path: dots alone would lead elsewhere (RFC 3986 §5.2.4)."""
    return text not in {"", ".", ".."}


def local_path(given: str) -> str:
    """Return `given` when it is a path of this site, else nothing: nobody is sent elsewhere after signing in.

    A longer one than any of our own pages has is nothing either: it would not fit into a cookie (RFC 6265 §6.1).
    """
    is_path = given.startswith("/") and not given.startswith(("//", "/\\")) and given.isprintable()
    return given if is_path and "\\" not in given and len(given.encode()) <= LONGEST_PATH else ""
