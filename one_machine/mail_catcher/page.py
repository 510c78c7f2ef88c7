"""The page that shows the caught letters, French first, and the same as JSON for scripts."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from one_machine.mail_catcher.letter_box import CaughtLetter, LetterBox

LANGUAGES = ("fr", "en")
_FOLDER = Path(__file__).parent
_BOX = web.AppKey("box", LetterBox)
_PAGES = web.AppKey("pages", jinja2.Environment)

# Letters hold codes. A page elsewhere that makes its own name mean this machine (DNS rebinding) sends that name.
_OUR_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'"
)
# A letter's HTML is a stranger's: no script, no form, nothing fetched, and an origin of its own.
_LETTER_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"

_MONTHS = (
    [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
)


def application(box: LetterBox) -> web.Application:
    """Return the web application that shows the letters of `box`."""
    app = web.Application(middlewares=[_only_from_here, _with_care])
    app[_BOX] = box
    app[_PAGES] = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, undefined=jinja2.StrictUndefined
    )
    app.add_routes(
        [
            web.get("/", _front),
            web.get("/mail", _list),
            web.get("/mail.json", _list_as_json),
            web.get("/mail.css", _style),
            web.get("/mail/{letter_id}", _show),
            web.get("/mail/{letter_id}/html", _html),
            web.get("/mail/{letter_id}/source", _source),
        ]
    )
    return app


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    name, _, _ = request.host.rpartition(":") if request.host.rsplit(":", 1)[-1].isdigit() else (request.host, "", "")
    if name not in _OUR_NAMES:
        raise web.HTTPMisdirectedRequest(text="Cette page répond à 127.0.0.1. / This page answers at 127.0.0.1.\n")
    return await handler(request)


@web.middleware
async def _with_care(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    response.headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
    response.headers.update(
        {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    )
    return response


async def _front(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/mail")


async def _list(request: web.Request) -> web.Response:
    return _page(request, "list.html", letters=request.app[_BOX].list_letters())


async def _list_as_json(request: web.Request) -> web.Response:
    letters = request.app[_BOX].list_letters(to=request.query.get("to"))
    return web.json_response([_document(letter) for letter in letters])


async def _show(request: web.Request) -> web.Response:
    letter = _letter(request)
    return _page(request, "letter.html", letter=letter, has_html=request.app[_BOX].html(letter) is not None)


async def _html(request: web.Request) -> web.Response:
    html = request.app[_BOX].html(_letter(request))
    if html is None:
        raise web.HTTPNotFound
    return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": _LETTER_POLICY})


async def _source(request: web.Request) -> web.Response:
    # As text, so that the browser shows it, encoded words and all.
    return web.Response(body=request.app[_BOX].source(_letter(request)), content_type="text/plain", charset="utf-8")


async def _style(_request: web.Request) -> web.StreamResponse:
    return web.FileResponse(_FOLDER / "style.css")


def _letter(request: web.Request) -> CaughtLetter:
    letter = request.app[_BOX].find_letter(request.match_info["letter_id"])
    if letter is None:
        raise web.HTTPNotFound
    return letter


def _page(request: web.Request, name: str, **facts: Any) -> web.Response:
    language = request.query.get("lang", "fr")
    language = language if language in LANGUAGES else "fr"
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    template = request.app[_PAGES].get_template(name)
    text = template.render(language=language, other=other, path=request.path, read=_reader(language), **facts)
    return web.Response(text=text, content_type="text/html", headers={"Content-Language": f"{language}-CA"})


def _reader(language: str) -> Callable[[datetime], str]:
    """Return what prints a moment as people write it, in the machine's own time."""

    def read(moment: datetime) -> str:
        here = moment.astimezone()
        month = _MONTHS[LANGUAGES.index(language)][here.month - 1]
        if language == "fr":
            day = "1er" if here.day == 1 else str(here.day)
            return f"{day} {month} {here.year}, {here.hour}\u00a0h\u00a0{here.minute:02}\u00a0min\u00a0{here.second:02}\u00a0s"
        return f"{month} {here.day}, {here.year}, {here:%H:%M:%S}"

    return read


def _document(letter: CaughtLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "from": letter.sender,
        "to": list(letter.recipients),
        "subject": letter.subject,
        "received_at": letter.received_at.isoformat(),
        "text": letter.text,
    }
