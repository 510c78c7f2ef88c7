"""What the school sees of what a parent typed: as little as finding the mistake takes (Law 25; W10).

Only of a claim whose mailbox stands on the file of the child that it means: that is a guardian whom the school knows, and
the school has the child's file already. Of anybody else's claim it sees which fields differ and nothing of their words:
a stranger's typing must neither tell the school about a child of somebody else, nor look like a file worth completing.
Never the mailbox: the school adds the address that a person gives it, and not one that came with the claim it would prove.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from services.enrollment.rules import matching
from services.enrollment.rules.identifiers import Identifier

# Either says that the claim's mailbox may not see the file.
_NO_MAILBOX: Final = frozenset({"email", "pin"})


def shown(
    claim: matching.Claim, number: Identifier, *, differing: Collection[str], is_child_known: bool
) -> Mapping[str, Any]:
    """Return those typed values that differ, by field; none unless the claim's mailbox is on the file of a known child.

    Of the numbers only a file number, which is the organisation's own: a permanent code is the same in every school, and
    a wrong one may be the code of another child elsewhere.
    """
    if not is_child_known or not _NO_MAILBOX.isdisjoint(differing):
        return {}
    said: dict[str, Any] = {
        "last_name": claim.last_name,
        "first_name": claim.first_name,
        "birth_date": claim.birth_on,
    }
    if number.kind == "file_number":
        said["identifier"] = number.value
    return {field: value for field, value in said.items() if field in differing}
