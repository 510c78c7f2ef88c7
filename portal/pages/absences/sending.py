"""Announcing to the schools: each child is told of by itself when not all of several can be."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from portal.gateway_calls import Refused, Unreachable
from portal.showing import call
from vitrail_client.api.absences import create_absence_notice, create_child_absence_notice
from vitrail_client.models.attendance_notice_out import AttendanceNoticeOut
from vitrail_client.models.notice_in import NoticeIn
from vitrail_client.models.notice_in_type import NoticeInType
from vitrail_client.models.notice_of_several_in import NoticeOfSeveralIn
from vitrail_client.types import UNSET

# These speak of one child, and the others can still be told of.
_OF_ONE_CHILD: Final = frozenset({404, 409, 422})


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """What is announced, of whichever children."""

    type: NoticeInType
    first_on: date
    last_on: date
    time: str
    explanation: str


@dataclass
class Outcome:
    """What came of an announcement: of each child the notice, or why there is none (None: no answer came)."""

    sent: list[AttendanceNoticeOut] = field(default_factory=list)
    refused: dict[str, Refused | None] = field(default_factory=dict)


def announce(said: Announcement, reasons: Sequence[tuple[str, str]], *, key: str) -> Outcome:
    """Announce of children to their schools; `reasons` are pairs of a child's id and the code of its reason.

    Children with the same reason are announced together, so that another guardian gets one letter; where that is refused, each
    alone, so that it is known of which child. `key` makes all of it count once.

    Raises:
        Refused: the session has ended.
    """
    outcome = Outcome()
    together: dict[str, list[str]] = {}
    for child_id, reason in reasons:
        together.setdefault(reason, []).append(child_id)
    for reason, child_ids in together.items():
        _announce(said, child_ids, reason, key, outcome)
    return outcome


def own_key(key: str, *parts: object) -> str:
    """Return the key of one call of a form: the same for the same content, another for a corrected one."""
    return hashlib.sha256(json.dumps([key, *parts], default=str).encode()).hexdigest()


def _announce(said: Announcement, child_ids: list[str], reason: str, key: str, outcome: Outcome) -> None:
    try:
        outcome.sent += _submit(said, child_ids, reason, key)
    except Unreachable:
        outcome.refused |= dict.fromkeys(child_ids)
    except Refused as refusal:
        if refusal.code == "not_signed_in":
            raise
        if len(child_ids) == 1 or refusal.status not in _OF_ONE_CHILD:
            outcome.refused |= dict.fromkeys(child_ids, refusal)
            return
        for child_id in child_ids:
            _announce(said, [child_id], reason, key, outcome)


def _submit(said: Announcement, child_ids: list[str], reason: str, key: str) -> list[AttendanceNoticeOut]:
    facts = {
        "date": said.first_on,
        "end_date": said.last_on if said.last_on != said.first_on else UNSET,
        "time": said.time or UNSET,
        "reason": reason,
        "explanation": said.explanation or UNSET,
    }
    if len(child_ids) == 1:
        one = NoticeIn(type_=said.type, **facts)  # type: ignore[arg-type]
        its_key = own_key(key, child_ids, one.to_dict())
        return [
            call(
                lambda client: create_child_absence_notice.sync_detailed(child_ids[0], client=client, body=one),
                key=its_key,
            )
        ]
    several = NoticeOfSeveralIn(child_ids=child_ids, type_=said.type, **facts)  # type: ignore[arg-type]
    its_key = own_key(key, several.to_dict())
    return call(lambda client: create_absence_notice.sync_detailed(client=client, body=several), key=its_key)
