"""Enrollment's endpoints: parse, call one operation, answer."""

from typing import Any

import flask
from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from services.enrollment.context import Context
from services.enrollment.operations import children, claims, disputes, organisations
from services.enrollment.schemas import (
    ChildOut,
    ClaimIn,
    ClaimOut,
    JournalEntryOut,
    OrganisationFilter,
    OrganisationOut,
    OtherGuardianOut,
)
from shared import auth, idempotency
from shared.passports import PARENT
from shared.web import Blueprint

# The guides show six organisations a page (EN-06).
ORGANISATIONS_A_PAGE = 6
LARGEST_PAGE = 100

directory = Blueprint("organisations", __name__, url_prefix="/api/v1", description="Boards and private schools.")
directory.before_request(auth.public)

family = Blueprint("children", __name__, url_prefix="/api/v1", description="Proving a child, and the children proven.")
family.before_request(auth.require(PARENT))


def _ctx() -> Context:
    ctx: Context = flask.current_app.extensions["context"]
    return ctx


def _whose() -> dict[str, str]:
    passport = auth.current()
    return {"account_id": passport.account_id or "", "email": passport.email or ""}


@directory.route("/organisations")
class Organisations(MethodView):
    @directory.arguments(OrganisationFilter, location="query")
    @directory.response(200, OrganisationOut(many=True))
    @directory.paginate(page_size=ORGANISATIONS_A_PAGE, max_page_size=LARGEST_PAGE)
    def get(self, wanted: dict[str, Any], pagination_parameters: PaginationParameters) -> list[dict[str, Any]]:
        """List the boards or private schools, six a page."""
        page = organisations.list_organisations(
            _ctx(), **wanted, offset=pagination_parameters.first_item, limit=pagination_parameters.page_size
        )
        pagination_parameters.item_count = page.item_count
        return page.items


@family.route("/claims")
class Claims(MethodView):
    @idempotency.once
    @family.arguments(ClaimIn)
    @family.response(201, ClaimOut)
    @family.alt_response(200, schema=ClaimOut, description="The account held the child already.", success=True)
    def post(self, claim: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Prove a child by what the school's file says of it."""
        claimed = claims.claim_child(_ctx(), **_whose(), address=auth.current().address, **claim)
        return {"child": claimed.child}, 201 if claimed.is_new else 200


@family.route("/children")
class Children(MethodView):
    @family.response(200, ChildOut(many=True))
    @family.paginate(page_size=20, max_page_size=LARGEST_PAGE)
    def get(self, pagination_parameters: PaginationParameters) -> list[dict[str, Any]]:
        """List the children that the account holds."""
        held = children.list_children(_ctx(), **_whose())
        pagination_parameters.item_count = len(held)
        return held[pagination_parameters.first_item : pagination_parameters.last_item + 1]


@family.route("/children/<string:child_id>")
class Child(MethodView):
    @family.response(200, ChildOut)
    def get(self, child_id: str) -> dict[str, Any]:
        """Show one child."""
        return children.open_child(_ctx(), **_whose(), child_id=child_id)

    @family.response(204)
    def delete(self, child_id: str) -> None:
        """Let go of a child; it may be claimed again."""
        children.unlink_child(_ctx(), account_id=_whose()["account_id"], child_id=child_id)


@family.route("/children/<string:child_id>/other-guardians")
class OtherGuardians(MethodView):
    @family.response(200, OtherGuardianOut(many=True))
    @family.paginate(page_size=20, max_page_size=LARGEST_PAGE)
    def get(self, pagination_parameters: PaginationParameters, child_id: str) -> list[dict[str, Any]]:
        """List the other accounts that hold a child, without a word of whose they are."""
        others = disputes.list_other_guardians(_ctx(), **_whose(), child_id=child_id)
        pagination_parameters.item_count = len(others)
        return others[pagination_parameters.first_item : pagination_parameters.last_item + 1]


@family.route("/children/<string:child_id>/other-guardians/<string:link_id>/dispute")
class LinkDispute(MethodView):
    @family.response(204)
    def post(self, child_id: str, link_id: str) -> None:
        """Say of another account that nobody one knows linked the child to it: suspend it until the school decides."""
        disputes.dispute_link(_ctx(), **_whose(), child_id=child_id, link_id=link_id)


@family.route("/children/<string:child_id>/access-journal")
class AccessJournal(MethodView):
    @family.response(200, JournalEntryOut(many=True))
    @family.paginate(page_size=20, max_page_size=LARGEST_PAGE)
    def get(self, pagination_parameters: PaginationParameters, child_id: str) -> list[dict[str, Any]]:
        """Tell who did what with a child's file, newest first."""
        page = children.list_journal(
            _ctx(),
            **_whose(),
            child_id=child_id,
            offset=pagination_parameters.first_item,
            limit=pagination_parameters.page_size,
        )
        pagination_parameters.item_count = page.item_count
        return page.items
