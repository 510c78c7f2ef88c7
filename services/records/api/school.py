"""What school systems decide of what is published together; the calls of each kind stand in `school_entries`."""

from typing import Any, Final

from flask.views import MethodView

from services.records.api import requests
from services.records.operations import releases
from services.records.schemas.school import (
    MinisterialSessionIn,
    MinisterialSessionOut,
    ReleaseIn,
    ReleaseOut,
)
from shared import auth
from shared.passports import SCHOOL
from shared.web import Blueprint

READ: Final = "records.read"
WRITE: Final = "records.write"

school_records = Blueprint("records", __name__, url_prefix="/school/v1", description="Records, for school systems.")
school_records.before_request(auth.require(SCHOOL))


@school_records.route("/releases")
class Releases(MethodView):
    @auth.scope(READ)
    @school_records.response(200, ReleaseOut(many=True))
    def get(self) -> list[dict[str, Any]]:
        """List the releases: what is published together, and from when."""
        return releases.list_releases(requests.context(), organisation_code=requests.organisation_code())


@school_records.route("/releases/<string:code>")
class Release(MethodView):
    @auth.scope(READ)
    @school_records.response(200, ReleaseOut)
    def get(self, code: str) -> dict[str, Any]:
        """Show whether, and from when, what names a release is published."""
        return releases.get_release(requests.context(), organisation_code=requests.organisation_code(), code=code)

    @auth.scope(WRITE)
    @school_records.arguments(ReleaseIn)
    @school_records.response(200, ReleaseOut)
    def put(self, decided: dict[str, Any], code: str) -> dict[str, Any]:
        """Publish whatever names a release, at once or from a moment, or hide it; what is sent into it later follows."""
        return releases.decide_release(
            requests.context(), organisation_code=requests.organisation_code(), code=code, **decided
        )


@school_records.route("/ministerial-sessions/<string:session>")
class MinisterialSession(MethodView):
    @auth.scope(READ)
    @school_records.response(200, MinisterialSessionOut)
    def get(self, session: str) -> dict[str, Any]:
        """Show the day on which the ministry lets the results of a session out, if it was told."""
        return releases.get_session(requests.context(), organisation_code=requests.organisation_code(), name=session)

    @auth.scope(WRITE)
    @school_records.arguments(MinisterialSessionIn)
    @school_records.response(200, MinisterialSessionOut)
    def put(self, decided: dict[str, Any], session: str) -> dict[str, Any]:
        """Tell the day on which the ministry lets the results of a session out; nobody sees any before it."""
        return releases.decide_session(
            requests.context(), organisation_code=requests.organisation_code(), name=session, **decided
        )
