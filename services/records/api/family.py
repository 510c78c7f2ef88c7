"""What guardians read of a child, tile by tile, and the messages that they have read."""

from typing import Any

import orjson
from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from services.records.api import requests
from services.records.operations.family import lists, readings, tiles
from services.records.rules import kinds
from services.records.schemas.family import (
    LISTS,
    ContactAnswerOut,
    FileAnswerOut,
    ItemFilter,
    MessageReadIn,
    TilesOut,
)
from services.records.schemas.kinds.news import MessageOut
from shared import auth
from shared.passports import PARENT
from shared.web import Blueprint

LARGEST_PAGE = 100

family = Blueprint(
    "tiles",
    __name__,
    url_prefix="/api/v1/children/<string:child_id>",
    description="What the school publishes of a child.",
)
family.before_request(auth.require(PARENT))


@family.route("/tiles")
class Tiles(MethodView):
    @family.response(200, TilesOut)
    def get(self, child_id: str) -> dict[str, Any]:
        """List the tiles that a child has, and the tabs of each."""
        return tiles.list_tiles(
            requests.context(), account_id=requests.account_id(), child_id=child_id, language=requests.language()
        )


@family.route("/file")
class File(MethodView):
    @family.response(200, FileAnswerOut)
    def get(self, child_id: str) -> dict[str, Any]:
        """Show a child's file: subjects with their teachers, transport, and what else the school shows."""
        return lists.read_file(
            requests.context(), account_id=requests.account_id(), child_id=child_id, language=requests.language()
        )


@family.route("/contact")
class Contact(MethodView):
    @family.response(200, ContactAnswerOut)
    def get(self, child_id: str) -> dict[str, Any]:
        """Show how a child's school is reached."""
        return lists.read_contact(
            requests.context(), account_id=requests.account_id(), child_id=child_id, language=requests.language()
        )


@family.route("/messages/<string:message_id>")
class Message(MethodView):
    @requests.of_a_child
    @family.arguments(MessageReadIn)
    @family.response(200, MessageOut)
    def patch(self, said: dict[str, bool], child_id: str, message_id: str) -> orjson.Fragment:
        """Mark a message as read by this account, or as not read."""
        return readings.mark_message(
            requests.context(),
            account_id=requests.account_id(),
            child_id=child_id,
            message_id=message_id,
            **said,
            language=requests.language(),
        )


def _list(kind: str, path: str, summary: str) -> None:
    """Add the list of one kind: they differ in what is in them, and in nothing else."""

    def get(
        _view: MethodView, wanted: dict[str, Any], pagination_parameters: PaginationParameters, child_id: str
    ) -> dict[str, Any]:
        listed = lists.list_items(
            requests.context(),
            kind=kind,
            account_id=requests.account_id(),
            child_id=child_id,
            **wanted,
            language=requests.language(),
            offset=pagination_parameters.first_item,
            limit=pagination_parameters.page_size,
        )
        pagination_parameters.item_count = listed.item_count
        return listed.answer

    get.__doc__ = summary
    answered = family.response(200, LISTS[kind])(get)
    paged = family.paginate(page_size=20, max_page_size=LARGEST_PAGE)(answered)
    named = f"{kind.title().replace('_', '')}s"
    family.route(path)(type(named, (MethodView,), {"get": family.arguments(ItemFilter, location="query")(paged)}))


_list(kinds.RESULT, "/results", "List a child’s results, by subject, term and competency.")
_list(
    kinds.MINISTERIAL_RESULT,
    "/ministerial-results",
    "List the results of the ministry’s exams, in secondary 4 and 5, from their session’s day on.",
)
_list(kinds.ASSIGNMENT, "/assignments", "List the assignments that teachers have made available.")
_list(kinds.REPORT_CARD, "/report-cards", "List the first communications and report cards, of this and earlier years.")
_list(kinds.STATEMENT, "/statements", "List the statements of account of the school, of Intersport and of the daycare.")
_list(kinds.TAX_SLIP, "/tax-slips", "List the tax slips of the school daycare.")
_list(kinds.AGENDA_ENTRY, "/agenda", "List what is in a child’s agenda, in secondary.")
_list(kinds.MESSAGE, "/messages", "List the messages from the school.")
_list(kinds.RESOURCE, "/resources", "List the resources: links, by subject.")
