"""The child's file: subjects with their teachers, transport, and what else the school shows (RE-12, RE-13)."""

from typing import Any

from portal.family import show_of_child, signed_in
from portal.showing import Address, call
from vitrail_client.api.tiles import get_child_file

TILE = "file"


@signed_in
def file(child_id: str) -> Any:
    """Show the file; a teacher's name leads to the parent's own mail."""
    answer = call(lambda client: get_child_file.sync_detailed(child_id, client=client))
    return show_of_child("records/file.html", child_id, current=TILE, file=answer.file, reason=answer.empty_reason)


ADDRESSES = (Address("file", "/enfants/<child_id>/dossier", "/en/children/<child_id>/file", file),)
