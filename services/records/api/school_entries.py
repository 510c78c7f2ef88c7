"""What school systems send: the same calls for each kind of entry, with the shape of its own."""

from typing import Any, Final

import flask
from flask.views import MethodView
from marshmallow import fields

from services.records.api import requests
from services.records.api.school import READ, WRITE, school_records
from services.records.operations import entries
from services.records.operations.entries import Written
from services.records.rules.entries import Sent
from services.records.rules.kinds import KINDS, Kind
from services.records.schemas.kinds import SHAPES, Shape
from services.records.schemas.school import EntryOut, PublicationIn, RevisionOut, WrittenLineOut
from shared import auth
from shared.document_shapes import Out
from shared.web import lines, uploads

# Seventy thousand results of a board's term are about thirty mebibytes.
LARGEST_BULK: Final = 64 * 1024 * 1024
# A report card of a secondary student, or a message of some pages.
LONGEST_LINE: Final = 256 * 1024


def add(kind: Kind) -> None:
    """Add the calls of one kind."""
    shape, name = SHAPES[kind.name], kind.name
    entry_out, revision_out = _documented(shape)
    line = shape.line()

    @school_records.route(f"/{kind.path}")
    class Entries(MethodView):
        @auth.scope(WRITE)
        @uploads.received(name=f"{kind.path}.ndjson", largest_body=LARGEST_BULK, media_types=(lines.MEDIA_TYPE,))
        @school_records.doc(
            requestBody={"required": True, "content": {lines.MEDIA_TYPE: {"schema": {"type": "string"}}}}
        )
        @school_records.response(200, WrittenLineOut, content_type=lines.MEDIA_TYPE)
        def post(self) -> flask.Response:
            """Send many, a line each (NDJSON); the answer has a line for each, as they are written.

            Whatever breaks off, nothing that was answered is lost, and the same file again finishes the rest.
            """
            ctx, caller = requests.context(), requests.system()
            return lines.answered(
                lambda coming: entries.write_entries(ctx, **caller, kind=name, coming=coming),
                schema=line,
                make=_as_it_is,
                answer=_answer,
                named_by="source_id",
                longest_line=LONGEST_LINE,
            )

    @school_records.route(f"/{kind.path}/<string:source_id>")
    class Entry(MethodView):
        @auth.scope(WRITE)
        @school_records.arguments(shape.sent)
        @school_records.response(200, entry_out)
        @school_records.alt_response(
            201, schema=entry_out, description="Nothing was sent under it before.", success=True
        )
        def put(self, sent: Sent, source_id: str) -> tuple[dict[str, Any], int]:
            """Send one under the school's own id, or correct what was sent under it."""
            result = entries.write_entry(
                requests.context(), **requests.system(), kind=name, source_id=source_id, sent=sent
            )
            return _shown(name, source_id), 201 if result == entries.RECORDED else 200

        @auth.scope(READ)
        @school_records.response(200, entry_out)
        def get(self, source_id: str) -> dict[str, Any]:
            """Show what was sent, and whether parents see it."""
            return _shown(name, source_id)

    @school_records.route(f"/{kind.path}/<string:source_id>/revisions")
    class Revisions(MethodView):
        @auth.scope(READ)
        @school_records.response(200, revision_out(many=True))
        def get(self, source_id: str) -> list[dict[str, Any]]:
            """List what it said before it was corrected, the first first."""
            return entries.list_revisions(
                requests.context(),
                organisation_code=requests.organisation_code(),
                kind=name,
                source_id=source_id,
            )

    @school_records.route(f"/{kind.path}/<string:source_id>/publication")
    class Publication(MethodView):
        @auth.scope(WRITE)
        @school_records.arguments(PublicationIn)
        @school_records.response(200, entry_out)
        def put(self, asked: dict[str, Any], source_id: str) -> dict[str, Any]:
            """Publish it, at once or from a moment; its release, and its own time, can only hold it back."""
            entries.publish_entry(requests.context(), **requests.system(), kind=name, source_id=source_id, **asked)
            return _shown(name, source_id)

        @auth.scope(WRITE)
        @school_records.response(204)
        def delete(self, source_id: str) -> None:
            """Withdraw it: parents see it no more, until it is published by itself."""
            entries.withdraw_entry(requests.context(), **requests.system(), kind=name, source_id=source_id)


def _documented(shape: Shape) -> tuple[type[Out], type[Out]]:
    """Return what is answered of an entry and of a revision, with the content of one kind, which has its school year."""
    name = shape.sent.__name__.removesuffix("In")
    year = fields.String(required=True, allow_none=True, metadata={"example": "2026-2027"})
    kept = type(shape.content)(f"{name}KeptContent", (shape.content,), {"school_year": year})
    content = {"content": fields.Nested(kept, required=True)}
    return (
        type(EntryOut)(f"{name}EntryOut", (EntryOut,), content),
        type(RevisionOut)(f"{name}RevisionOut", (RevisionOut,), content),
    )


def _shown(kind: str, source_id: str) -> dict[str, Any]:
    return entries.show_entry(
        requests.context(), organisation_code=requests.organisation_code(), kind=kind, source_id=source_id
    )


def _as_it_is(sent: Sent) -> Sent:
    return sent


def _answer(written: Written) -> dict[str, Any]:
    return {"result": written.result, "entry": written.entry}


for _kind in KINDS.values():
    add(_kind)
