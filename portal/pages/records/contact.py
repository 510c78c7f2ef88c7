"""« Nous joindre »: how the child's school is reached (RE-16)."""

from typing import Any

from portal.family import show_of_child, signed_in
from portal.showing import Address, call
from vitrail_client.api.tiles import get_child_contact

NAME = "contact"


@signed_in
def contact(child_id: str) -> Any:
    """Show the school's contact details, and the way to a request for help."""
    answer = call(lambda client: get_child_contact.sync_detailed(child_id, client=client))
    return show_of_child(
        "records/contact.html",
        child_id,
        current=NAME,
        contact=answer.contact,
        reason=answer.empty_reason,
    )


ADDRESSES = (Address(NAME, "/enfants/<child_id>/nous-joindre", "/en/children/<child_id>/contact", contact),)
