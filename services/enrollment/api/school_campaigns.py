"""Re-registration, for school systems: their campaigns, and the answers by pages or as one CSV file."""

from typing import Any, Final

import flask
from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from services.enrollment.api import requests
from services.enrollment.operations import campaigns
from services.enrollment.rules import spreadsheets
from services.enrollment.schemas import AnswersFilter, CampaignChangeIn, CampaignIn, CampaignOut, StudentsAnswerOut
from shared import auth, idempotency
from shared.passports import SCHOOL
from shared.web import Blueprint

school_campaigns = Blueprint(
    "campaigns", __name__, url_prefix="/school/v1", description="Re-registration campaigns, for school systems."
)
school_campaigns.before_request(auth.require(SCHOOL))

_CSV: Final = "text/csv"
_JSON: Final = "application/json"
_CSV_SAYS: Final = (
    "All of them as a file: RFC 4180, UTF-8 with a byte order mark; what a spreadsheet would compute begins with an"
    " apostrophe."
)


@school_campaigns.route("/campaigns")
class Campaigns(MethodView):
    @auth.scope("campaigns.read")
    @school_campaigns.response(200, CampaignOut(many=True))
    @school_campaigns.paginate(page_size=20, max_page_size=requests.LARGEST_PAGE)
    def get(self, pagination_parameters: PaginationParameters) -> list[dict[str, Any]]:
        """List the organisation's campaigns, in the order in which they open."""
        found = campaigns.list_campaigns(requests.context(), organisation_code=requests.organisation_code())
        pagination_parameters.item_count = len(found)
        return found[pagination_parameters.first_item : pagination_parameters.last_item + 1]

    @auth.scope("campaigns.write")
    @idempotency.once
    @school_campaigns.arguments(CampaignIn)
    @school_campaigns.response(201, CampaignOut)
    def post(self, campaign: dict[str, Any]) -> dict[str, Any]:
        """Plan a campaign; its principal guardians are written to on the day it opens."""
        code = requests.organisation_code()
        return campaigns.add_campaign(requests.context(), organisation_code=code, **campaign)


@school_campaigns.route("/campaigns/<string:campaign_id>")
class Campaign(MethodView):
    @auth.scope("campaigns.write")
    @school_campaigns.arguments(CampaignChangeIn)
    @school_campaigns.response(200, CampaignOut)
    def patch(self, changes: dict[str, Any], campaign_id: str) -> dict[str, Any]:
        """Change a campaign: all of it before it opens, its end, its message and whom it concerns later too."""
        return campaigns.change_campaign(
            requests.context(),
            campaign_id=campaign_id,
            organisation_code=requests.organisation_code(),
            changes=changes,
        )


@school_campaigns.route("/campaigns/<string:campaign_id>/answers")
class Answers(MethodView):
    @auth.scope("campaigns.read")
    @school_campaigns.arguments(AnswersFilter, location="query")
    @school_campaigns.response(200, StudentsAnswerOut(many=True))
    @school_campaigns.alt_response(
        200, schema={"type": "string"}, content_type=_CSV, description=_CSV_SAYS, success=True
    )
    @school_campaigns.paginate(page_size=20, max_page_size=requests.LARGEST_PAGE)
    def get(self, wanted: dict[str, Any], pagination_parameters: PaginationParameters, campaign_id: str) -> Any:
        """List the students whom a campaign concerns with their answers, in the order of their source ids.

        Whoever has not answered is among them. `format=csv`, or `Accept: text/csv`, gives all of them as a file.
        """
        asked = {
            "campaign_id": campaign_id,
            "organisation_code": requests.organisation_code(),
            "client_id": requests.client_id(),
            "answer": wanted["answer"],
        }
        if (wanted["format"] or _wanted_format()) == "csv":
            rows = campaigns.read_answers(requests.context(), **asked)
            # The file is one page of all, or a client that goes by pages would fetch it again for each.
            pagination_parameters.page, pagination_parameters.page_size = 1, max(rows.item_count, 1)
            pagination_parameters.item_count = rows.item_count
            return _file(rows)
        page = campaigns.list_answers(
            requests.context(),
            **asked,
            offset=pagination_parameters.first_item,
            limit=pagination_parameters.page_size,
        )
        pagination_parameters.item_count = page.item_count
        return page.items


def _wanted_format() -> str:
    best = flask.request.accept_mimetypes.best_match([_JSON, _CSV], default=_JSON)
    return "csv" if best == _CSV else "json"


def _file(rows: campaigns.Rows) -> flask.Response:
    """Return the answers as a file that is written while it is sent."""
    headers = {"Content-Disposition": f'attachment; filename="reinscription-{rows.school_year}.csv"'}
    return flask.Response(spreadsheets.pieces(rows.names, rows.values), mimetype=_CSV, headers=headers)
