"""What the gateway shows itself: the welcome page, the API's reading room, problem types, health."""

import hashlib
import mimetypes
from collections.abc import Awaitable, Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path

import jinja2

from gateway.documents import Documents
from gateway.event_pages import EventPages
from gateway.replies import Reply, json, page
from shared.problems import NotFound, Problem
from shared.texts import LANGUAGES, Texts, language_of

FOLDER = Path(__file__).parent
# Swagger UI's own files, out of the package that carries them; its Flask blueprint is never imported.
_SWAGGER_UI = ("swagger-ui-bundle.js", "swagger-ui.css")
_OWN_ASSETS = ("docs.js", "docs.css", "events.css", "style.css", "icon.svg")
# `/api/docs/events/fr`.
_SEGMENTS_WITH_LANGUAGE = 4

Answer = Callable[[tuple[str, ...], Mapping[str, str]], Awaitable[Reply]]


def is_for_a_person(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a browser asks, to show the answer as a page; scripts and applications take anything."""
    return method in {"GET", "HEAD"} and "text/html" in headers.get("Accept", "")


class Pages:
    """Answers for the routes of the gateway's own."""

    def __init__(self, documents: Documents, *, texts: Texts, problems: Iterable[type[Problem]]) -> None:
        self._documents = documents
        self._texts = texts
        self._problems = {each.slug(): each for each in problems}
        self._assets = _load_assets()
        versions = {name: tag.strip('"')[:12] for name, (_, _, tag) in self._assets.items()}
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
        )
        self._templates.globals["asset"] = lambda name: f"/assets/{name}?v={versions[name]}"
        self._events = EventPages(self._templates)
        self._by_template: dict[str, Answer] = {
            "/": self._welcome,
            "/livez": self._live,
            "/readyz": self._ready,
            "/api/docs": self._docs,
            "/api/docs/events": self._event_page,
            "/api/docs/events/{language}": self._event_page,
            "/api/v1/openapi.json": self._openapi,
            "/api/v1/asyncapi.json": self._asyncapi,
            "/assets/{asset}": self._asset,
            "/problems/gateway/": self._problem_index,
            "/problems/gateway/{slug}": self._problem,
        }

    async def answer(self, template: str, segments: tuple[str, ...], headers: Mapping[str, str]) -> Reply:
        """Return the page of a route.

        Raises:
            NotFound: no such asset or problem.
        """
        return await self._by_template[template](segments, headers)

    def nowhere(self) -> Reply:
        """Return what a person sees who opens an address that is not the portal's (ID-40)."""
        return self.tell(NotFound())

    def tell(self, problem: Problem) -> Reply:
        """Return a refusal as a page, in both languages."""
        in_french, in_english = (self._texts.of(problem.slug(), language) for language in LANGUAGES)
        html = self._render("nowhere.html", in_french=in_french, in_english=in_english)
        return page(html, status=problem.status, headers={"Cache-Control": "no-store"})

    async def _live(self, segments: tuple[str, ...], headers: Mapping[str, str]) -> Reply:
        return json({"status": "live"}, headers={"Cache-Control": "no-store"})

    async def _ready(self, segments: tuple[str, ...], headers: Mapping[str, str]) -> Reply:
        # Whoever gets this answer has reached a gateway that serves. It does not ask the services: with one of them
        # down the others' pages must stay reachable.
        return json({"status": "ready"}, headers={"Cache-Control": "no-store"})

    async def _welcome(self, segments: tuple[str, ...], headers: Mapping[str, str]) -> Reply:
        return page(self._render("welcome.html"), headers={"Cache-Control": "no-cache"})

    async def _docs(self, segments: tuple[str, ...], headers: Mapping[str, str]) -> Reply:
        return page(self._render("docs.html"), headers={"Cache-Control": "no-cache"})

    async def _openapi(self, segments: tuple[str, ...], headers: Mapping[str, str]) -> Reply:
        document, tag = await self._documents.joined()
        caching = {"Cache-Control": "no-cache", "ETag": tag}
        if headers.get("If-None-Match") == tag:
            return Reply(status=304, headers=caching)
        return Reply(body=document, headers={"Content-Type": "application/json", **caching})

    async def _event_page(self, segments: tuple[str, ...], headers: Mapping[str, str]) -> Reply:
        # A link to one language stands; without one, the reader's own.
        asked = segments[-1] if len(segments) == _SEGMENTS_WITH_LANGUAGE else None
        if asked is not None and asked not in LANGUAGES:
            raise NotFound
        language = asked or language_of(headers.get("Accept-Language"))
        html, tag = self._events.page(language)
        caching = {"Cache-Control": "no-cache", "ETag": tag, "Content-Language": language, "Vary": "Accept-Language"}
        if headers.get("If-None-Match") == tag:
            return Reply(status=304, headers=caching)
        return page(html, headers=caching)

    async def _asyncapi(self, segments: tuple[str, ...], headers: Mapping[str, str]) -> Reply:
        caching = {"Cache-Control": "public, max-age=300", "ETag": self._events.document_tag}
        if headers.get("If-None-Match") == self._events.document_tag:
            return Reply(status=304, headers=caching)
        return Reply(body=self._events.document, headers={"Content-Type": "application/json", **caching})

    async def _asset(self, segments: tuple[str, ...], headers: Mapping[str, str]) -> Reply:
        found = self._assets.get(segments[-1])
        if found is None:
            raise NotFound
        content, media_type, tag = found
        # The address carries the content's digest (`?v=`): a new release has new addresses.
        caching = {"Cache-Control": "public, max-age=604800", "ETag": tag}
        if headers.get("If-None-Match") == tag:
            return Reply(status=304, headers=caching)
        return Reply(body=content, headers={"Content-Type": media_type, **caching})

    async def _problem_index(self, segments: tuple[str, ...], headers: Mapping[str, str]) -> Reply:
        rows = [(slug, self._texts.of(slug, "fr").title) for slug in sorted(self._problems)]
        return page(self._render("problems.html", rows=rows))

    async def _problem(self, segments: tuple[str, ...], headers: Mapping[str, str]) -> Reply:
        slug = segments[-1]
        kind = self._problems.get(slug)
        if kind is None:
            raise NotFound
        texts = [
            (language, self._texts.of(slug, language).title, self._texts.of(slug, language).filled({}))
            for language in LANGUAGES
        ]
        return page(self._render("problem.html", slug=slug, kind=kind, texts=texts))

    def _render(self, name: str, **facts: object) -> str:
        return self._templates.get_template(name).render(facts)


def _load_assets() -> dict[str, tuple[bytes, str, str]]:
    """Return each asset's content, media type and entity tag, by its name."""
    package = find_spec("flask_swagger_ui")
    assert package is not None
    assert package.submodule_search_locations is not None
    swagger_ui = Path(package.submodule_search_locations[0]) / "dist"
    files = [swagger_ui / name for name in _SWAGGER_UI] + [FOLDER / "assets" / name for name in _OWN_ASSETS]
    assets = {}
    for file in files:
        content = file.read_bytes()
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if media_type.startswith("text/"):
            media_type += "; charset=utf-8"
        assets[file.name] = (content, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
    return assets
