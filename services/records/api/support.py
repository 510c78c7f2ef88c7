"""Where parents ask their school for help."""

from typing import Any, Final

from flask.views import MethodView

from services.records.api import requests
from services.records.operations import support
from services.records.rules import screenshots
from services.records.schemas.support import SupportRequestIn, SupportRequestOut
from shared import auth, idempotency
from shared.passports import PARENT
from shared.web import Blueprint, forms

# A screenshot, and room for the words around it.
LARGEST_REQUEST: Final = screenshots.LARGEST + 64 * 1024

family_support = Blueprint("support", __name__, url_prefix="/api/v1", description="Help, by the school.")
family_support.before_request(auth.require(PARENT))


@family_support.route("/support-requests")
class SupportRequests(MethodView):
    @idempotency.once_by(forms.digest)
    @forms.received(largest_body=LARGEST_REQUEST)
    @family_support.arguments(SupportRequestIn, location="files")
    @family_support.response(201, SupportRequestOut)
    def post(self, asked: dict[str, Any]) -> dict[str, str]:
        """Ask the school for help, with what the guides say that it needs; the answer is the reference to ask by.

        It goes to the school of the child named, else to the one that all children of the account have.
        """
        reference = support.submit_request(
            requests.context(), account_id=requests.account_id(), language=requests.language(), **asked
        )
        return {"reference": reference}
