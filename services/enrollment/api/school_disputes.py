"""Disputed links, for school systems: « ce n’est pas moi », and what the school decides (CHD-11)."""

from typing import Any

from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from services.enrollment.api import requests
from services.enrollment.operations import disputes
from services.enrollment.schemas import AnnouncedLinkIn, DecisionIn, DisputeFilter, DisputeOut
from shared import auth
from shared.passports import SCHOOL
from shared.web import Blueprint

school_disputes = Blueprint(
    "disputes", __name__, url_prefix="/school/v1", description="Disputed links, for school systems."
)
school_disputes.before_request(auth.require(SCHOOL))


@school_disputes.route("/disputes")
class Disputes(MethodView):
    @auth.scope("claims.read")
    @school_disputes.arguments(DisputeFilter, location="query")
    @school_disputes.response(200, DisputeOut(many=True))
    @school_disputes.paginate(page_size=20, max_page_size=requests.LARGEST_PAGE)
    def get(self, wanted: dict[str, Any], pagination_parameters: PaginationParameters) -> list[dict[str, Any]]:
        """List the disputed links to the organisation's students, oldest first."""
        page = disputes.list_disputes(
            requests.context(),
            organisation_code=requests.organisation_code(),
            **wanted,
            offset=pagination_parameters.first_item,
            limit=pagination_parameters.page_size,
        )
        pagination_parameters.item_count = page.item_count
        return page.items

    @auth.scope("claims.write")
    @school_disputes.arguments(AnnouncedLinkIn)
    @school_disputes.response(201, DisputeOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Suspend at once the link that a letter told of, for whoever reads its reference to the school."""
        return disputes.dispute_announced_link(
            requests.context(),
            organisation_code=requests.organisation_code(),
            disputed_by=requests.client_id(),
            **body,
        )


@school_disputes.route("/disputes/<string:dispute_id>/decision")
class DisputeDecision(MethodView):
    @auth.scope("claims.write")
    @school_disputes.arguments(DecisionIn)
    @school_disputes.response(204)
    def post(self, body: dict[str, Any], dispute_id: str) -> None:
        """Lift the dispute, which gives the link back, or uphold it, which ends the link."""
        disputes.settle_dispute(
            requests.context(),
            organisation_code=requests.organisation_code(),
            dispute_id=dispute_id,
            is_upheld=body["decision"] == "uphold",
        )
