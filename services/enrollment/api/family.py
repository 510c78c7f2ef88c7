"""A family: proving a child, and the children proven."""

from typing import Any

from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from services.enrollment.api import requests
from services.enrollment.operations import children, claim_form, claims, disputes
from services.enrollment.schemas import ChildOut, ClaimIn, ClaimOut, JournalEntryOut, OtherGuardianOut
from services.enrollment.schemas.claim_form import ClaimFormOut
from shared import auth, idempotency
from shared.passports import PARENT
from shared.web import Blueprint
from shared.web.application import language

family = Blueprint("children", __name__, url_prefix="/api/v1", description="Proving a child, and the children proven.")
family.before_request(auth.require(PARENT))


@family.route("/claim-form")
class ClaimForm(MethodView):
    @family.response(200, ClaimFormOut)
    def get(self) -> dict[str, Any]:
        """Show the form that links a child: its words and fields, and what leads this parent to it."""
        return claim_form.show_claim_form(requests.context(), **requests.whose(), language=language())


@family.route("/claims")
class Claims(MethodView):
    @idempotency.once
    @family.arguments(ClaimIn)
    @family.response(201, ClaimOut)
    @family.alt_response(200, schema=ClaimOut, description="The account held the child already.", success=True)
    def post(self, claim: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Prove a child by what the school's file says of it."""
        claimed = claims.claim_child(requests.context(), **requests.whose(), address=auth.current().address, **claim)
        return {"child": claimed.child}, 201 if claimed.is_new else 200


@family.route("/children")
class Children(MethodView):
    @family.response(200, ChildOut(many=True))
    @family.paginate(page_size=20, max_page_size=requests.LARGEST_PAGE)
    def get(self, pagination_parameters: PaginationParameters) -> list[dict[str, Any]]:
        """List the children that the account holds."""
        held = children.list_children(requests.context(), **requests.whose())
        pagination_parameters.item_count = len(held)
        return held[pagination_parameters.first_item : pagination_parameters.last_item + 1]


@family.route("/children/<string:child_id>")
class Child(MethodView):
    @family.response(200, ChildOut)
    def get(self, child_id: str) -> dict[str, Any]:
        """Show one child."""
        return children.open_child(requests.context(), **requests.whose(), child_id=child_id)

    @family.response(204)
    def delete(self, child_id: str) -> None:
        """Let go of a child; it may be claimed again."""
        children.unlink_child(requests.context(), account_id=requests.whose()["account_id"], child_id=child_id)


@family.route("/children/<string:child_id>/other-guardians")
class OtherGuardians(MethodView):
    @family.response(200, OtherGuardianOut(many=True))
    @family.paginate(page_size=20, max_page_size=requests.LARGEST_PAGE)
    def get(self, pagination_parameters: PaginationParameters, child_id: str) -> list[dict[str, Any]]:
        """List the other accounts that hold a child, without a word of whose they are."""
        others = disputes.list_other_guardians(requests.context(), **requests.whose(), child_id=child_id)
        pagination_parameters.item_count = len(others)
        return others[pagination_parameters.first_item : pagination_parameters.last_item + 1]


@family.route("/children/<string:child_id>/other-guardians/<string:link_id>/dispute")
class LinkDispute(MethodView):
    @family.response(204)
    def post(self, child_id: str, link_id: str) -> None:
        """Say of another account that nobody one knows linked the child to it: suspend it until the school decides."""
        disputes.dispute_link(requests.context(), **requests.whose(), child_id=child_id, link_id=link_id)


@family.route("/children/<string:child_id>/access-journal")
class AccessJournal(MethodView):
    @family.response(200, JournalEntryOut(many=True))
    @family.paginate(page_size=20, max_page_size=requests.LARGEST_PAGE)
    def get(self, pagination_parameters: PaginationParameters, child_id: str) -> list[dict[str, Any]]:
        """Tell who did what with a child's file, newest first."""
        page = children.list_journal(
            requests.context(),
            **requests.whose(),
            child_id=child_id,
            offset=pagination_parameters.first_item,
            limit=pagination_parameters.page_size,
        )
        pagination_parameters.item_count = page.item_count
        return page.items
