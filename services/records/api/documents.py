"""Documents beside entries: what guardians download, and what school systems send, look at and take away."""

from dataclasses import asdict
from typing import Any, Final

import flask
from flask.views import MethodView

from services.records.api import requests
from services.records.api.family import family
from services.records.api.school import READ, WRITE, school_records
from services.records.operations.documents import reading, sending
from services.records.operations.documents.reading import Document
from services.records.rules import documents
from services.records.rules.kinds import KINDS, Kind
from services.records.schemas.documents import DocumentNameIn, DocumentOut
from shared import auth
from shared.web import files, uploads
from shared.web.files import File

PDF: Final = "application/pdf"
_CONTENT: Final = {PDF: {"schema": {"type": "string", "format": "binary"}}}
_DOWNLOAD: Final[dict[str, Any]] = {
    "responses": {
        "200": {"description": "The PDF.", "content": _CONTENT},
        "206": {"description": "The part of it that `Range` asks for.", "content": _CONTENT},
        "304": {"description": "It is what `If-None-Match` says."},
        "412": {"description": "It is not what `If-Match` says."},
        "416": {"description": "It ends before `Range` begins."},
    },
    "parameters": [
        {
            "in": "header",
            "name": name,
            "required": False,
            "schema": {"type": "string"},
            "description": description,
        }
        for name, description in (
            ("Range", "One range of bytes; several are answered with the whole."),
            ("If-Range", "The ETag of the rest that the asker has."),
            ("If-None-Match", "The ETag of what the asker has."),
            ("If-Match", "The ETag of what alone is wanted."),
        )
    ],
}


def add(kind: Kind) -> None:
    """Add the calls of the documents of one kind."""
    name = kind.name
    entry_id = f"{name}_id"

    @family.route(f"/{kind.path}/<string:{entry_id}>/document")
    class FamilyDocument(MethodView):
        @family.doc(**_DOWNLOAD)
        def get(self, child_id: str, **named: str) -> flask.Response:
            """Download the document of one as PDF, whole or in part, in the reader's language where it is made."""
            return _given(
                reading.read_document(
                    requests.context(),
                    account_id=requests.account_id(),
                    child_id=child_id,
                    kind=name,
                    entry_id=named[entry_id],
                    language=requests.language(),
                )
            )

    @school_records.route(f"/{kind.path}/<string:source_id>/document")
    class SchoolDocument(MethodView):
        @auth.scope(READ)
        @school_records.doc(**_DOWNLOAD)
        def get(self, source_id: str) -> flask.Response:
            """Download the document as parents get it, or will: what was sent, or what is made in its place."""
            return _given(
                reading.read_document_of_school(
                    requests.context(),
                    organisation_code=requests.organisation_code(),
                    kind=name,
                    source_id=source_id,
                    language=requests.language(),
                )
            )

        @auth.scope(WRITE)
        @uploads.received(name="document.pdf", largest_body=documents.LARGEST, media_types=(PDF,))
        @school_records.doc(requestBody={"required": True, "content": _CONTENT})
        @school_records.arguments(DocumentNameIn, location="query")
        @school_records.response(200, DocumentOut)
        @school_records.alt_response(201, schema=DocumentOut, description="There was none before.", success=True)
        def put(self, said: dict[str, Any], source_id: str) -> tuple[dict[str, Any], int]:
            """Send the PDF of what was sent under this id, of ten mebibytes at most; the same again changes nothing."""
            sent = sending.send_document(
                requests.context(),
                **requests.system(),
                kind=name,
                source_id=source_id,
                path=uploads.current().path,
                **said,
            )
            return asdict(sent), 201 if sent.is_new else 200

        @auth.scope(WRITE)
        @school_records.response(204)
        def delete(self, source_id: str) -> None:
            """Take away the PDF that was sent; where one is made, parents get that one again."""
            sending.remove_document(requests.context(), **requests.system(), kind=name, source_id=source_id)


def _given(document: Document) -> flask.Response:
    return files.answer(
        File(size=document.size, etag=document.sha256, media_type=PDF, name=document.name, read=document.read)
    )


for _kind in KINDS.values():
    if _kind.has_document:
        add(_kind)
