"""Whether something is genuine, for whoever holds it: a signature, a file, or the code printed on a page."""

import hashlib
from dataclasses import asdict
from typing import Any, Final

import flask
from flask.views import MethodView

from services.records.api import requests, verification_pages
from services.records.operations import verifying
from services.records.operations.verifying import Verdict
from services.records.schemas.verifications import KeySetOut, SignatureIn, VerdictOut
from shared import auth
from shared.problems import UnsupportedMediaType
from shared.web import Blueprint
from shared.web.application import LARGEST_BODY

LARGEST_DOCUMENT: Final = 10 * 1024 * 1024
JSON: Final = "application/json"
PDF: Final = "application/pdf"
KEY_SET: Final = "application/jwk-set+json"
# Short enough that a new key is known before it signs much, and a revoked one is soon forgotten (KEY-6).
_KEYS_ARE_FRESH: Final = "public, max-age=300"
_PART: Final = 256 * 1024

verifications = Blueprint("verifications", __name__, description="Whether a document is genuine, for everybody.")
verifications.before_request(auth.public)


@verifications.route("/api/v1/verifications")
class Verifications(MethodView):
    @verifications.doc(
        requestBody={
            "required": True,
            "content": {
                JSON: {"schema": SignatureIn},
                PDF: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    )
    @verifications.response(200, VerdictOut)
    def post(self) -> dict[str, Any]:
        """Tell whether a signature, or a PDF to the byte, is what the school has published; nothing of what it says."""
        if flask.request.mimetype == PDF:
            return asdict(verifying.verify_document(requests.context(), digest=_digest_of_body()))
        if not flask.request.is_json:
            raise UnsupportedMediaType(accepted=f"{JSON}, {PDF}")
        flask.request.max_content_length = LARGEST_BODY
        said = verifications.ARGUMENTS_PARSER.parse(SignatureIn, location="json")
        return asdict(verifying.verify_signature(requests.context(), **said))

    # A file may be larger than other bodies; see `uploads.largest_body`.
    post.largest_body = LARGEST_DOCUMENT  # type: ignore[attr-defined]


@verifications.route("/api/v1/verification-keys")
class Keys(MethodView):
    @verifications.response(200, KeySetOut, content_type=KEY_SET)
    def get(self) -> flask.Response:
        """List the public keys that signatures are checked with, the retired ones too."""
        answer = flask.jsonify(verifying.list_keys(requests.context()))
        answer.mimetype = KEY_SET
        answer.headers["Cache-Control"] = _KEYS_ARE_FRESH
        return answer


@verifications.route("/verification/<string:signature>")
class Page(MethodView):
    @verifications.doc(
        responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "A page for people."}}
    )
    def get(self, signature: str) -> flask.Response:
        """Show what the code on a page leads to: whether it is genuine, in both languages."""
        verdict: Verdict = verifying.verify_signature(requests.context(), signature=signature)
        return verification_pages.answer(verdict)


def _digest_of_body() -> str:
    content = hashlib.sha256()
    # Never kept, neither in memory nor on disk: what is in it is nobody's business.
    while part := flask.request.stream.read(_PART):
        content.update(part)
    return content.hexdigest()
