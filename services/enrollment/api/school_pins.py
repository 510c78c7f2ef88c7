"""PINs, for school systems: issued, listed, taken back (EN-02, CHD-14)."""

from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from services.enrollment.api import requests
from services.enrollment.operations import pins
from services.enrollment.schemas import IssuedPinOut, PinIn, PinOut
from shared import auth, idempotency
from shared.passports import SCHOOL
from shared.web import Blueprint

school_pins = Blueprint(
    "pins", __name__, url_prefix="/school/v1", description="PINs for guardians, for school systems."
)
school_pins.before_request(auth.require(SCHOOL))


@school_pins.route("/students/<string:source_id>/pins")
class StudentPins(MethodView):
    @auth.scope("pins.write")
    @school_pins.response(200, PinOut(many=True))
    @school_pins.paginate(page_size=20, max_page_size=requests.LARGEST_PAGE)
    def get(self, pagination_parameters: PaginationParameters, source_id: str) -> list[dict[str, Any]]:
        """List the PINs of one student, oldest first, without their characters."""
        page = pins.list_pins(
            requests.context(),
            organisation_code=requests.organisation_code(),
            source_id=source_id,
            offset=pagination_parameters.first_item,
            limit=pagination_parameters.page_size,
        )
        pagination_parameters.item_count = page.item_count
        return page.items

    @auth.scope("pins.write")
    @idempotency.once
    @school_pins.arguments(PinIn)
    @school_pins.response(201, IssuedPinOut)
    def post(self, body: dict[str, Any], source_id: str) -> dict[str, Any]:
        """Issue a PIN for one student, which voids the one before it for the same guardian; it is shown this once."""
        issued = pins.issue_pin(
            requests.context(),
            organisation_code=requests.organisation_code(),
            source_id=source_id,
            issued_by=requests.client_id(),
            **body,
        )
        return asdict(issued)


@school_pins.route("/students/<string:source_id>/pins/<string:pin_id>")
class StudentPin(MethodView):
    @auth.scope("pins.write")
    @school_pins.response(204)
    def delete(self, source_id: str, pin_id: str) -> None:
        """Take a PIN back, used or not: the link that stands by it ends."""
        pins.revoke_pin(
            requests.context(),
            organisation_code=requests.organisation_code(),
            source_id=source_id,
            pin_id=pin_id,
        )
