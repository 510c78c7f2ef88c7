"""What school systems do: send entries, publish them, and decide what their parents have."""

from typing import Any, Final

from flask.views import MethodView

from services.records.api import requests
from services.records.operations import releases
from services.records.schemas.school import ReleaseOut
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
