from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.journal_entry_out_role import (
    JournalEntryOutRole,
    check_journal_entry_out_role,
)
from ..models.journal_entry_out_who import (
    JournalEntryOutWho,
    check_journal_entry_out_who,
)

T = TypeVar("T", bound="JournalEntryOut")


@_attrs_define
class JournalEntryOut:
    """
    Attributes:
        action (str): `child_linked`, `child_unlinked`, `child_confirmed`, `waiting_claim_settled`, `link_disputed`,
            `dispute_lifted`, `dispute_upheld`, `pin_issued`, `pin_used`, `pin_voided`, `re_registration_answered`,
            `file_opened` (once a day), `file_corrected`, `file_closed`; of absences `absence_announced`,
            `absence_notice_withdrawn`, `absence_notice_acknowledged`, `absence_recorded`, `absence_corrected`,
            `absence_motivated`, `motivation_refused`; of what the school publishes `record_published`, `record_corrected`,
            `record_withdrawn`, `document_viewed`, and once a day `agenda_viewed`, `absences_viewed`, `results_viewed`,
            `finances_viewed`, `file_viewed`, `messages_viewed`, `resources_viewed`, `tile_viewed`; and others later.
        at (datetime.datetime):
        id (str):
        role (JournalEntryOutRole):
        who (JournalEntryOutWho):
    """

    action: str
    at: datetime.datetime
    id: str
    role: JournalEntryOutRole
    who: JournalEntryOutWho

    def to_dict(self) -> dict[str, Any]:
        action = self.action

        at = self.at.isoformat()

        id = self.id

        role: str = self.role

        who: str = self.who

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "action": action,
                "at": at,
                "id": id,
                "role": role,
                "who": who,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        action = d.pop("action")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        id = d.pop("id")

        role = check_journal_entry_out_role(d.pop("role"))

        who = check_journal_entry_out_who(d.pop("who"))

        journal_entry_out = cls(
            action=action,
            at=at,
            id=id,
            role=role,
            who=who,
        )

        return journal_entry_out
