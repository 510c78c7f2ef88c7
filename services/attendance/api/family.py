"""What guardians see and do: reasons, notices, recorded absences and their motivation."""

from typing import Any

from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from services.attendance.api import requests
from services.attendance.operations import absences, notices
from services.attendance.schemas import (
    AbsenceFilter,
    AbsenceOut,
    MotivationIn,
    NoticeFilter,
    NoticeIn,
    NoticeOfSeveralIn,
    NoticeOut,
    ReasonOut,
)
from shared import auth, idempotency
from shared.passports import PARENT
from shared.web import Blueprint

family = Blueprint("absences", __name__, url_prefix="/api/v1", description="Announcing and motivating absences.")
family.before_request(auth.require(PARENT))


@family.route("/children/<string:child_id>/absence-reasons")
class Reasons(MethodView):
    @family.response(200, ReasonOut(many=True))
    def get(self, child_id: str) -> list[dict[str, Any]]:
        """List the reasons that the child's school offers."""
        return notices.list_reasons(
            requests.context(), account_id=requests.account_id(), child_id=child_id, language=requests.language()
        )


@family.route("/children/<string:child_id>/absence-notices")
class Notices(MethodView):
    @family.arguments(NoticeFilter, location="query")
    @family.response(200, NoticeOut(many=True))
    @family.paginate(page_size=20, max_page_size=requests.LARGEST_PAGE)
    def get(
        self, wanted: dict[str, Any], pagination_parameters: PaginationParameters, child_id: str
    ) -> list[dict[str, Any]]:
        """List what has been announced of a child, by whichever guardian, latest day first."""
        page = notices.list_notices(
            requests.context(),
            account_id=requests.account_id(),
            child_id=child_id,
            **wanted,
            language=requests.language(),
            offset=pagination_parameters.first_item,
            limit=pagination_parameters.page_size,
        )
        pagination_parameters.item_count = page.item_count
        return page.items

    @requests.of_a_child
    @idempotency.once
    @family.arguments(NoticeIn)
    @family.response(201, NoticeOut)
    def post(self, announced: dict[str, Any], child_id: str) -> dict[str, Any]:
        """Announce an absence, a late arrival or an early departure of a child to its school."""
        (submitted,) = notices.submit_notices(
            requests.context(),
            account_id=requests.account_id(),
            child_ids=[child_id],
            **announced,
            language=requests.language(),
        )
        return submitted


@family.route("/absence-notices")
class NoticesOfSeveral(MethodView):
    @idempotency.once
    @family.arguments(NoticeOfSeveralIn)
    @family.response(201, NoticeOut(many=True))
    def post(self, announced: dict[str, Any]) -> list[dict[str, Any]]:
        """Announce the same absence of several children: of all of them, or of none."""
        return notices.submit_notices(
            requests.context(), account_id=requests.account_id(), **announced, language=requests.language()
        )


@family.route("/children/<string:child_id>/absence-notices/<string:notice_id>")
class Notice(MethodView):
    @family.response(204)
    def delete(self, child_id: str, notice_id: str) -> None:
        """Take a notice back before what it announces begins."""
        notices.withdraw_notice(
            requests.context(), account_id=requests.account_id(), child_id=child_id, notice_id=notice_id
        )


@family.route("/children/<string:child_id>/absences")
class Absences(MethodView):
    @family.arguments(AbsenceFilter, location="query")
    @family.response(200, AbsenceOut(many=True))
    @family.paginate(page_size=20, max_page_size=requests.LARGEST_PAGE)
    def get(
        self, wanted: dict[str, Any], pagination_parameters: PaginationParameters, child_id: str
    ) -> list[dict[str, Any]]:
        """List what the school recorded of a child, latest day first."""
        page = absences.list_absences(
            requests.context(),
            account_id=requests.account_id(),
            child_id=child_id,
            **wanted,
            language=requests.language(),
            offset=pagination_parameters.first_item,
            limit=pagination_parameters.page_size,
        )
        pagination_parameters.item_count = page.item_count
        return page.items


@family.route("/children/<string:child_id>/absences/<string:absence_id>/motivation")
class Motivation(MethodView):
    @requests.of_a_child
    @idempotency.once
    @family.arguments(MotivationIn)
    @family.response(200, AbsenceOut)
    def post(self, said: dict[str, Any], child_id: str, absence_id: str) -> dict[str, Any]:
        """Say why a child was absent; it counts at once, unless the school refuses it."""
        return absences.motivate_absence(
            requests.context(),
            account_id=requests.account_id(),
            child_id=child_id,
            absence_id=absence_id,
            **said,
            language=requests.language(),
        )
