"""`/api/v1/account`: the account as its holder sees it."""

from typing import Any

from flask.views import MethodView

from services.identity import operations
from services.identity.api import requests
from services.identity.api.requests import context
from services.identity.schemas import AccountIn, AccountOut, account_out
from shared import auth
from shared.passports import PARENT
from shared.web import Blueprint

account = Blueprint("account", __name__, url_prefix="/api/v1/account", description="The account itself.")
account.before_request(auth.require(PARENT))
account.before_request(requests.small_body_only)


@account.route("")
class Account(MethodView):
    """The account."""

    @account.response(200, AccountOut)
    def get(self) -> dict[str, Any]:
        """Show the account."""
        return account_out(operations.read_account(context(), account_id=auth.current().account_id or ""))

    @account.arguments(AccountIn())
    @account.response(200, AccountOut)
    def patch(self, body: dict[str, Any]) -> dict[str, Any]:
        """Change the language of the account's letters."""
        return account_out(operations.change_language(context(), account_id=auth.current().account_id or "", **body))
