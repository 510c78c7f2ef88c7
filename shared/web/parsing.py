"""Reading requests: JSON by orjson, or a form, strictly typed, every mistake with its pointer."""

from collections.abc import Iterator, Mapping
from copy import copy
from functools import cache
from typing import Any, NoReturn

import flask
import flask_smorest
import marshmallow as ma
import orjson
from webargs.flaskparser import FlaskParser

from shared import fields
from shared.problems import MalformedRequest, UnsupportedMediaType, ValidationFailed
from shared.texts import language_of
from shared.web import forms

MOST_PAGES = 1_000_000
_BODIES = frozenset({"json", "files"})


class Parser(FlaskParser):
    """webargs' parser, refusing as this house does. The location `files` is a whole form: its texts, too."""

    # A form names what it sends, as a document does: unknown fields are refused where the schema refuses them.
    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "files": None}

    def _get_schema(self, argmap: Any, req: flask.Request) -> ma.Schema:
        # webargs makes a schema that is given as a class anew for each request, which costs more than reading by it.
        return _made_once(argmap) if isinstance(argmap, type) else super()._get_schema(argmap, req)

    def parse(self, argmap: Any, req: flask.Request | None = None, *, location: str | None = None, **rest: Any) -> Any:
        if location == "query" and isinstance(argmap, type) and not flask.request.query_string:
            # Most lists are asked for without a word: what a schema makes of that is the same each time.
            for said in _of_nothing(argmap):
                return copy(said)
        return super().parse(argmap, req, location=location, **rest)

    def _raw_load_json(self, req: flask.Request) -> Any:
        # orjson bounds nesting and refuses NaN and lone surrogates, which the standard parser lets through.
        body = req.get_data(cache=True)
        if not body:
            return {}
        if not req.is_json:
            raise UnsupportedMediaType(accepted="application/json")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            raise MalformedRequest from None

    def load_files(self, req: flask.Request, schema: ma.Schema) -> Any:
        return forms.read(req)

    def handle_error(self, error: ma.ValidationError, req: flask.Request, schema: ma.Schema, **_rest: Any) -> NoReturn:
        language = language_of(req.headers.get("Accept-Language"))
        errors = []
        for location, messages in error.normalized_messages().items():
            for path, message in _flatten(messages, ()):
                told = fields.said_in(language, message)
                named = {"pointer": _pointer(path)} if location in _BODIES else {"parameter": ".".join(path)}
                errors.append({**named, "detail": told})
        raise ValidationFailed(errors=errors)


class PageParser(Parser):
    """Reads `page` and `page_size`, and refuses a page that no database could count up to."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        pages = super().parse(*args, **kwargs)
        if pages.page > MOST_PAGES:
            told = fields.said_in(
                language_of(flask.request.headers.get("Accept-Language")),
                f"Must be greater than or equal to 1 and less than or equal to {MOST_PAGES}.",
            )
            raise ValidationFailed(errors=[{"parameter": "page", "detail": told}])
        return pages


class Blueprint(flask_smorest.Blueprint):
    """A blueprint whose requests are read by our parser. Guard it: `before_request(auth.require(…))` or `auth.public`."""

    ARGUMENTS_PARSER = Parser()
    PAGINATION_ARGUMENTS_PARSER = PageParser()

    @staticmethod
    def _make_pagination_metadata(page: int, page_size: int, item_count: int) -> dict[str, int]:
        """Return what `X-Pagination` tells: flask-smorest's own members, without a schema made for each answer."""
        if item_count == 0:
            return {"total": 0, "total_pages": 0}
        last = (item_count - 1) // page_size + 1
        told = {"total": item_count, "total_pages": last, "first_page": 1, "last_page": last}
        if page <= last:
            told["page"] = page
            if page > 1:
                told["previous_page"] = page - 1
            if page < last:
                told["next_page"] = page + 1
        return told


def pointed(messages: Any, language: str) -> Iterator[dict[str, str]]:
    """Yield each of a schema's normalized messages about a JSON document with the pointer of what it is about."""
    for path, message in _flatten(messages, ()):
        yield {"pointer": _pointer(path), "detail": fields.said_in(language, message)}


@cache
def _of_nothing(schema: type[ma.Schema]) -> tuple[Any, ...]:
    """Return what a schema makes of an empty query, alone; nothing when it refuses it, or when a copy would share a part."""
    try:
        said = _made_once(schema).load({})
    except ma.ValidationError:
        return ()
    is_shared = isinstance(said, Mapping) and any(isinstance(value, list | dict | set) for value in said.values())
    return () if is_shared else (said,)


@cache
def _made_once(schema: type[ma.Schema]) -> ma.Schema:
    return schema()


def _flatten(messages: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(messages, Mapping):
        for name, below in messages.items():
            # marshmallow files a mistake of the whole object under "_schema": it points at the object itself.
            yield from _flatten(below, path if name == "_schema" else (*path, str(name)))
    elif isinstance(messages, list):
        for each in messages:
            yield from _flatten(each, path)
    else:
        yield path, str(messages)


def _pointer(path: tuple[str, ...]) -> str:
    return "#" + "".join(f"/{_escape(part)}" for part in path)


def _escape(part: str) -> str:
    """Escape one reference token of a JSON pointer (RFC 6901 §3), bounded: the name may be the asker's own."""
    return part[:80].replace("~", "~0").replace("/", "~1")
