"""The directory: which boards and private schools there are."""

from typing import Any

from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from services.enrollment.api import requests
from services.enrollment.operations import organisations
from services.enrollment.schemas import OrganisationFilter, OrganisationOut
from shared import auth
from shared.web import Blueprint

# The guides show six organisations a page (EN-06).
ORGANISATIONS_A_PAGE = 6

directory = Blueprint("organisations", __name__, url_prefix="/api/v1", description="Boards and private schools.")
directory.before_request(auth.public)


@directory.route("/organisations")
class Organisations(MethodView):
    @directory.arguments(OrganisationFilter, location="query")
    @directory.response(200, OrganisationOut(many=True))
    @directory.paginate(page_size=ORGANISATIONS_A_PAGE, max_page_size=requests.LARGEST_PAGE)
    def get(self, wanted: dict[str, Any], pagination_parameters: PaginationParameters) -> list[dict[str, Any]]:
        """List the boards or private schools, six a page."""
        page = organisations.list_organisations(
            requests.context(), **wanted, offset=pagination_parameters.first_item, limit=pagination_parameters.page_size
        )
        pagination_parameters.item_count = page.item_count
        return page.items
