"""Subscriptions, for school systems: which events and fields the organisation's own subscribers read."""

from typing import Any

from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from services.enrollment.api import requests
from services.enrollment.operations import subscribers
from services.enrollment.operations.subscribers import Grant, Wish
from services.enrollment.schemas import SubscriptionOut, SubscriptionsIn
from shared import auth
from shared.exporting import exportable
from shared.passports import SCHOOL
from shared.web import Blueprint

school_subscriptions = Blueprint(
    "subscriptions", __name__, url_prefix="/school/v1", description="What the organisation's subscribers read."
)
school_subscriptions.before_request(auth.require(SCHOOL))


@school_subscriptions.route("/subscriptions")
class Subscriptions(MethodView):
    @auth.scope("subscriptions.read")
    @school_subscriptions.response(200, SubscriptionOut(many=True))
    @school_subscriptions.paginate(page_size=20, max_page_size=requests.LARGEST_PAGE)
    def get(self, pagination_parameters: PaginationParameters) -> list[dict[str, Any]]:
        """List who reads, or read, what of the organisation's events."""
        rows = subscribers.list_subscriptions(requests.context(), organisation_code=requests.organisation_code())
        pagination_parameters.item_count = len(rows)
        return rows[pagination_parameters.first_item : pagination_parameters.last_item + 1]

    @auth.scope("subscriptions.write")
    @school_subscriptions.arguments(SubscriptionsIn)
    @school_subscriptions.response(200, SubscriptionOut(many=True))
    def put(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Change what subscribers read, all that is asked for or nothing; whoever is not named stays as it is."""
        grants = [
            Grant(name=each["name"], purpose=each["purpose"], wishes=[Wish(**wish) for wish in each["types"]])
            for each in body["subscriptions"]
        ]
        return subscribers.change_subscriptions(
            requests.context(),
            organisation_code=requests.organisation_code(),
            client_id=requests.client_id(),
            grants=grants,
            exportable=exportable.load(),
        )
