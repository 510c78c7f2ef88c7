"""`/internal`: what only the gateway asks."""

from typing import Any

from flask.views import MethodView

from services.identity import operations
from services.identity.api import requests
from services.identity.api.requests import context
from services.identity.operations.school_clients import LiveToken
from services.identity.schemas import IntrospectionOut, SchoolTokenIntrospectionOut, TokenIn
from shared import auth
from shared.passports import GATEWAY, PARENT
from shared.web import Blueprint

internal = Blueprint("internal", __name__, url_prefix="/internal", description="For the gateway alone.")
internal.before_request(auth.require(GATEWAY))
internal.before_request(requests.small_body_only)


@internal.route("/session-introspections")
class SessionIntrospections(MethodView):
    """Sessions by their token."""

    @internal.arguments(TokenIn())
    @internal.response(200, IntrospectionOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Tell whose session a token is."""
        live = operations.introspect(context(), **body)
        return {
            "session_id": live.session_id,
            "account_id": live.account.id,
            "email": live.account.email,
            "roles": [PARENT],
            "csrf_token": live.csrf_token,
            "expires_at": live.expires_at,
        }


@internal.route("/school-token-introspections")
class SchoolTokenIntrospections(MethodView):
    """Clients by their token."""

    @internal.arguments(TokenIn())
    @internal.response(200, SchoolTokenIntrospectionOut)
    def post(self, body: dict[str, Any]) -> LiveToken:
        """Tell whose a token is, and what it is good for."""
        return operations.introspect_token(context(), **body)
