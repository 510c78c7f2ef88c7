"""`/school/v1/token`: where the systems of organisations get their tokens (RFC 6749 §4.4)."""

from typing import Any, Final

import flask
from flask.views import MethodView

from services.identity import operations
from services.identity.api import requests
from services.identity.api.requests import context
from services.identity.errors import TokenRequestMalformed
from services.identity.rules import client_credentials
from services.identity.schemas import TokenOut, TokenRefusalOut
from shared import auth
from shared.problems import UnsupportedMediaType
from shared.web import Blueprint

_FORM: Final = "application/x-www-form-urlencoded"
_DESCRIPTION: Final = """\
Un client s’authentifie par HTTP Basic (`client_secret_basic`) ou par `client_id` et `client_secret` dans le formulaire \
(`client_secret_post`), jamais des deux façons. Sans `scope`, le jeton porte toutes les portées du client. Les refus ont à \
la fois les membres de la RFC 6749 (`error`, `error_description`) et ceux de la RFC 9457, en `application/json` comme la \
première le prescrit.

*A client authenticates with HTTP Basic or with `client_id` and `client_secret` in the form, never both. Without `scope` \
the token carries every scope of the client. Refusals have the members of RFC 6749 and those of RFC 9457, as \
`application/json`, which the former prescribes.*
"""
_BODY: Final = {
    "required": True,
    "content": {
        _FORM: {
            "schema": {
                "type": "object",
                "required": ["grant_type"],
                "properties": {
                    "grant_type": {"type": "string", "const": client_credentials.GRANT_TYPE},
                    "scope": {"type": "string", "examples": ["registry.write claims.read"]},
                    "client_id": {"type": "string"},
                    "client_secret": {"type": "string", "format": "password"},
                },
            }
        }
    },
}

school_clients = Blueprint(
    "school-clients", __name__, url_prefix="/school/v1", description="Tokens for the systems of organisations."
)
school_clients.before_request(auth.public)
school_clients.before_request(requests.small_body_only)


@school_clients.route("/token")
class Token(MethodView):
    @school_clients.response(200, TokenOut)
    @school_clients.alt_response(400, schema=TokenRefusalOut, content_type="application/json")
    @school_clients.alt_response(401, schema=TokenRefusalOut, content_type="application/json")
    @school_clients.alt_response(429, schema=TokenRefusalOut, content_type="application/json")
    @school_clients.doc(requestBody=_BODY, description=_DESCRIPTION)
    def post(self) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Get a token for a client's credentials."""
        given = operations.give_token(context(), request=_token_request(), address=auth.current().address)
        told = {
            "access_token": given.token,
            "token_type": "Bearer",
            "expires_in": int(given.lifetime.total_seconds()),
            "scope": " ".join(given.scopes),
        }
        # RFC 6749 §5.1.
        return told, 200, {"Cache-Control": "no-store", "Pragma": "no-cache"}


def _token_request() -> client_credentials.TokenRequest:
    """Return what the form and the header ask for.

    Raises:
        UnsupportedMediaType: the body is no form.
        TokenRequestMalformed: it is one that RFC 6749 does not describe.
    """
    request = flask.request
    if request.mimetype != _FORM:
        raise UnsupportedMediaType(accepted=_FORM)
    try:
        return client_credentials.read(
            request.form.to_dict(flat=False), authorization=request.headers.get("Authorization")
        )
    except client_credentials.Malformed:
        raise TokenRequestMalformed from None
