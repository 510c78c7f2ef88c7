"""Where school systems read what parents ask for help with."""

from dataclasses import asdict
from typing import Any, Final

import flask
from flask.views import MethodView

from services.records.api import requests
from services.records.operations import support
from services.records.rules import screenshots
from services.records.schemas.support import SCREENSHOT, SupportFeedFilter, SupportFeedOut
from shared import auth
from shared.passports import SCHOOL
from shared.web import Blueprint

READ: Final = "records.read"
WRITE: Final = "records.write"

school_support = Blueprint(
    "school-support", __name__, url_prefix="/school/v1", description="Parents who need help, for school systems."
)
school_support.before_request(auth.require(SCHOOL))


@school_support.route("/support-requests")
class SupportRequests(MethodView):
    @auth.scope(READ)
    @school_support.arguments(SupportFeedFilter, location="query")
    @school_support.response(200, SupportFeedOut)
    def get(self, wanted: dict[str, int]) -> dict[str, Any]:
        """List the requests that came or were dealt with after a cursor, in that order."""
        return asdict(
            support.list_requests(requests.context(), organisation_code=requests.organisation_code(), **wanted)
        )


@school_support.route("/support-requests/<string:request_id>/screenshot")
class Screenshot(MethodView):
    @auth.scope(READ)
    @school_support.doc(
        responses={
            "200": {
                "description": "The picture.",
                "content": {media_type: {"schema": SCREENSHOT} for media_type in screenshots.MEDIA_TYPES},
            }
        }
    )
    def get(self, request_id: str) -> flask.Response:
        """Give the picture of the screen that came with a request."""
        picture = support.read_screenshot(
            requests.context(), organisation_code=requests.organisation_code(), request_id=request_id
        )
        answer = flask.Response(picture.content, mimetype=picture.media_type)
        # A stranger's file: to be saved, and never to be shown as a page of ours.
        answer.headers["Content-Disposition"] = f'attachment; filename="{picture.name}"'
        answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
        return answer


@school_support.route("/support-requests/<string:request_id>/handling")
class Handling(MethodView):
    @auth.scope(WRITE)
    @school_support.response(204)
    def post(self, request_id: str) -> None:
        """Say that the school has dealt with a request."""
        support.handle_request(
            requests.context(),
            organisation_code=requests.organisation_code(),
            request_id=request_id,
            client_id=requests.client_id(),
        )
