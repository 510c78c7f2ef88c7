"""`/api/v1/verification-codes`: proving a mailbox."""

from math import ceil
from typing import Any

from flask.views import MethodView

from services.identity import operations
from services.identity.api.requests import context
from services.identity.schemas import ChallengeOut, ChallengeStateOut, CodeIn, TicketOut, VerificationCodeIn
from shared import auth, idempotency
from shared.web import Blueprint
from shared.web.application import language

verification_codes = Blueprint(
    "verification-codes",
    __name__,
    url_prefix="/api/v1/verification-codes",
    description="Six digits by e-mail: ask, take up again, give back, give up.",
)
verification_codes.before_request(auth.public)


@verification_codes.route("")
class VerificationCodes(MethodView):
    """Asking."""

    @idempotency.once
    @verification_codes.arguments(VerificationCodeIn())
    @verification_codes.response(202, ChallengeOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Mail a code.

        The answer is the same, in the same time, whether or not the address has an account. A newer code for the same
        address and purpose voids the older one; asked again within the interval, nothing is sent and nothing changes.
        """
        challenge = operations.request_code(context(), **body, language=language(), address=auth.current().address)
        return {
            "challenge_id": challenge.challenge_id,
            "expires_at": challenge.expires_at,
            "retry_after_s": ceil(challenge.retry_after.total_seconds()),
        }


@verification_codes.route("/<challenge_id>")
class VerificationCode(MethodView):
    """One challenge."""

    @verification_codes.response(200, ChallengeStateOut)
    def get(self, challenge_id: str) -> dict[str, Any]:
        """Tell what became of a challenge, to take a closed window up again."""
        challenge = operations.read_challenge(context(), challenge_id=challenge_id)
        return {
            "state": challenge.state,
            "expires_at": challenge.expires_at,
            "retry_after_s": ceil(challenge.retry_after.total_seconds()),
        }

    @verification_codes.response(204)
    def delete(self, challenge_id: str) -> None:
        """Give the step up: the code, and the ticket that it gave, are worth nothing any more."""
        operations.cancel_challenge(context(), challenge_id=challenge_id)


@verification_codes.route("/<challenge_id>/verification")
class Verification(MethodView):
    """Giving the code back."""

    @idempotency.once
    @verification_codes.arguments(CodeIn())
    @verification_codes.response(200, TicketOut)
    def post(self, body: dict[str, Any], challenge_id: str) -> dict[str, Any]:
        """Exchange the right code for a ticket, once."""
        proof = operations.verify_code(context(), challenge_id=challenge_id, **body, address=auth.current().address)
        return {"ticket": proof.ticket, "expires_at": proof.expires_at}
