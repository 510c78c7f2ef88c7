"""Re-registration, for parents: what is asked of a child, and the principal guardian's answer (RR-01 to RR-03)."""

from typing import Any

from flask.views import MethodView

from services.enrollment.api import requests
from services.enrollment.operations import campaigns
from services.enrollment.schemas import AnswerIn, ReRegistrationOut
from shared import auth
from shared.passports import PARENT
from shared.web import Blueprint

re_registration = Blueprint(
    "re-registration", __name__, url_prefix="/api/v1", description="Whether a child returns next year."
)
re_registration.before_request(auth.require(PARENT))


@re_registration.route("/children/<string:child_id>/re-registration")
class ReRegistration(MethodView):
    @re_registration.response(200, ReRegistrationOut)
    def get(self, child_id: str) -> dict[str, Any]:
        """Show the campaign that is open for a child, what was answered, and whether one may answer."""
        return campaigns.show_re_registration(requests.context(), **requests.whose(), child_id=child_id)

    @requests.of_a_child
    @re_registration.arguments(AnswerIn)
    @re_registration.response(200, ReRegistrationOut)
    def put(self, answer: dict[str, Any], child_id: str) -> dict[str, Any]:
        """Answer for a child, or amend the answer until the campaign closes; the same again changes nothing."""
        return campaigns.answer_campaign(requests.context(), **requests.whose(), child_id=child_id, **answer)
