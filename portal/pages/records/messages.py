"""Messages from the school: which are new, one of them, and marking it as read or not (RE-14)."""

from typing import Any

import flask

from portal.family import show_of_child, signed_in
from portal.showing import Address, call, call_for_page, go_to, page_asked, visit
from vitrail_client.api.tiles import change_child_message, get_child_messages
from vitrail_client.models.message_read_in import MessageReadIn
from vitrail_client.models.records_message_out import RecordsMessageOut

TILE = "messages"


@signed_in
def messages(child_id: str) -> Any:
    """Show a page of the messages, the newest first."""
    wanted = page_asked()
    listed, page = call_for_page(lambda client: get_child_messages.sync_detailed(child_id, client=client, page=wanted))
    return show_of_child(
        "records/messages.html",
        child_id,
        current=TILE,
        messages=listed.items,
        page=page,
        reason=listed.empty_reason,
    )


@signed_in
def message(child_id: str, message_id: str) -> Any:
    """Show a message: it is read by that, as a letter is by being opened."""
    read = _mark(child_id, message_id, is_read=True)
    return show_of_child("records/message.html", child_id, current=TILE, message=read)


@signed_in
def mark(child_id: str, message_id: str) -> Any:
    """Mark a message as read, or as not read, for this account alone."""
    is_read = flask.request.form.get("is_read") == "yes"
    _mark(child_id, message_id, is_read=is_read)
    visit().told = "message_read" if is_read else "message_unread"
    page = flask.request.form.get("page", "")
    return go_to("messages", child_id=child_id, **({"page": page} if page.isdecimal() and page != "1" else {}))


def _mark(child_id: str, message_id: str, *, is_read: bool) -> RecordsMessageOut:
    body = MessageReadIn(is_read=is_read)
    return call(lambda client: change_child_message.sync_detailed(child_id, message_id, client=client, body=body))


ADDRESSES = (
    Address("messages", "/enfants/<child_id>/messages", "/en/children/<child_id>/messages", messages),
    Address(
        "message",
        "/enfants/<child_id>/messages/<message_id>",
        "/en/children/<child_id>/messages/<message_id>",
        message,
    ),
    Address(
        "message.mark",
        "/enfants/<child_id>/messages/<message_id>/lecture",
        "/en/children/<child_id>/messages/<message_id>/reading",
        mark,
        ("POST",),
    ),
)
