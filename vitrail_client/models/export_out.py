from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.activity_out import ActivityOut
    from ..models.exported_account_out import ExportedAccountOut
    from ..models.exported_identity_out import ExportedIdentityOut
    from ..models.exported_session_out import ExportedSessionOut
    from ..models.former_email_out import FormerEmailOut


T = TypeVar("T", bound="ExportOut")


@_attrs_define
class ExportOut:
    """
    Attributes:
        account (ExportedAccountOut):
        activity (list[ActivityOut]):
        exported_at (datetime.datetime):
        former_emails (list[FormerEmailOut]):
        identities (list[ExportedIdentityOut]):
        sessions (list[ExportedSessionOut]):
    """

    account: ExportedAccountOut
    activity: list[ActivityOut]
    exported_at: datetime.datetime
    former_emails: list[FormerEmailOut]
    identities: list[ExportedIdentityOut]
    sessions: list[ExportedSessionOut]

    def to_dict(self) -> dict[str, Any]:
        account = self.account.to_dict()

        activity = []
        for activity_item_data in self.activity:
            activity_item = activity_item_data.to_dict()
            activity.append(activity_item)

        exported_at = self.exported_at.isoformat()

        former_emails = []
        for former_emails_item_data in self.former_emails:
            former_emails_item = former_emails_item_data.to_dict()
            former_emails.append(former_emails_item)

        identities = []
        for identities_item_data in self.identities:
            identities_item = identities_item_data.to_dict()
            identities.append(identities_item)

        sessions = []
        for sessions_item_data in self.sessions:
            sessions_item = sessions_item_data.to_dict()
            sessions.append(sessions_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "account": account,
                "activity": activity,
                "exported_at": exported_at,
                "former_emails": former_emails,
                "identities": identities,
                "sessions": sessions,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.activity_out import ActivityOut  # noqa: PLC0415
        from ..models.exported_account_out import ExportedAccountOut  # noqa: PLC0415
        from ..models.exported_identity_out import ExportedIdentityOut  # noqa: PLC0415
        from ..models.exported_session_out import ExportedSessionOut  # noqa: PLC0415
        from ..models.former_email_out import FormerEmailOut  # noqa: PLC0415

        d = dict(src_dict)
        account = ExportedAccountOut.from_dict(d.pop("account"))

        activity = []
        _activity = d.pop("activity")
        for activity_item_data in _activity:
            activity_item = ActivityOut.from_dict(activity_item_data)

            activity.append(activity_item)

        exported_at = datetime.datetime.fromisoformat(d.pop("exported_at"))

        former_emails = []
        _former_emails = d.pop("former_emails")
        for former_emails_item_data in _former_emails:
            former_emails_item = FormerEmailOut.from_dict(former_emails_item_data)

            former_emails.append(former_emails_item)

        identities = []
        _identities = d.pop("identities")
        for identities_item_data in _identities:
            identities_item = ExportedIdentityOut.from_dict(identities_item_data)

            identities.append(identities_item)

        sessions = []
        _sessions = d.pop("sessions")
        for sessions_item_data in _sessions:
            sessions_item = ExportedSessionOut.from_dict(sessions_item_data)

            sessions.append(sessions_item)

        export_out = cls(
            account=account,
            activity=activity,
            exported_at=exported_at,
            former_emails=former_emails,
            identities=identities,
            sessions=sessions,
        )

        return export_out
