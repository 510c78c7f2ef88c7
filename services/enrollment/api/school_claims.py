"""Refused claims, for school systems: what differs, so that the secretary finds the mistake in the file (W10)."""

from typing import Any

from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from services.enrollment.api import requests
from services.enrollment.operations import claims
from services.enrollment.schemas import RejectedClaimFilter, RejectedClaimOut, SupportReferenceOut
from shared import auth
from shared.passports import SCHOOL
from shared.web import Blueprint

school_claims = Blueprint(
    "rejected-claims", __name__, url_prefix="/school/v1", description="Refused claims, for school systems."
)
school_claims.before_request(auth.require(SCHOOL))


def _looker() -> claims.Looker:
    return claims.Looker(organisation_code=requests.organisation_code(), client_id=requests.client_id())


@school_claims.route("/claims")
class RejectedClaims(MethodView):
    @auth.scope("claims.read")
    @school_claims.arguments(RejectedClaimFilter, location="query")
    @school_claims.response(200, RejectedClaimOut(many=True))
    @school_claims.paginate(page_size=20, max_page_size=requests.LARGEST_PAGE)
    def get(self, wanted: dict[str, Any], pagination_parameters: PaginationParameters) -> list[dict[str, Any]]:
        """List the organisation's refused claims, newest first."""
        page = claims.list_cases(
            requests.context(),
            looker=_looker(),
            **wanted,
            offset=pagination_parameters.first_item,
            limit=pagination_parameters.page_size,
        )
        pagination_parameters.item_count = page.item_count
        return page.items


@school_claims.route("/support-references/<string:reference>")
class SupportReference(MethodView):
    @auth.scope("claims.read")
    @school_claims.response(200, SupportReferenceOut)
    def get(self, reference: str) -> dict[str, Any]:
        """Show the refused claim behind a reference that a parent reads out."""
        return claims.resolve_reference(requests.context(), looker=_looker(), reference=reference)
