"""Reading requests: JSON by orjson, strictly typed, every mistake with its pointer."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import flask
import flask_smorest
import marshmallow as ma
import orjson
from webargs.flaskparser import FlaskParser

from shared import fields
from shared.problems import MalformedRequest, UnsupportedMediaType, ValidationFailed
from shared.texts import language_of

MOST_PAGES = 1_000_000


class Parser(FlaskParser):
    """webargs' parser, refusing as this house does."""

    def _raw_load_json(self, req: flask.Request) -> Any:
        # orjson bounds nesting and refuses NaN and lone surrogates, which the standard parser lets through.
        body = req.get_data(cache=True)
        if not body:
            return {}
        if not req.is_json:
            raise UnsupportedMediaType
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            raise MalformedRequest from None

    def handle_error(self, error: ma.ValidationError, req: flask.Request, schema: ma.Schema, **_rest: Any) -> NoReturn:
        language = language_of(req.headers.get("Accept-Language"))
        errors = []
        for location, messages in error.normalized_messages().items():
            for path, message in _flatten(messages, ()):
                told = fields.said_in(language, message)
                if location == "json":
                    errors.append({"pointer": "#" + "".join(f"/{_escape(part)}" for part in path), "detail": told})
                else:
                    errors.append({"parameter": ".".join(path), "detail": told})
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


def _escape(part: str) -> str:
    """Escape one reference token of a JSON pointer (RFC 6901 §3), bounded: the name may be the asker's own."""
    return part[:80].replace("~", "~0").replace("/", "~1")
