from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.message_out import MessageOut


T = TypeVar("T", bound="OpenCampaignOut")


@_attrs_define
class OpenCampaignOut:
    """
    Attributes:
        closes_on (datetime.date): The last day on which it takes answers.
        id (str):
        message (MessageOut | None):
        opens_on (datetime.date):
        school_year (str): `2027-2028`
    """

    closes_on: datetime.date
    id: str
    message: MessageOut | None
    opens_on: datetime.date
    school_year: str

    def to_dict(self) -> dict[str, Any]:
        from ..models.message_out import MessageOut  # noqa: PLC0415

        closes_on = self.closes_on.isoformat()

        id = self.id

        message: dict[str, Any] | None
        if isinstance(self.message, MessageOut):
            message = self.message.to_dict()
        else:
            message = self.message

        opens_on = self.opens_on.isoformat()

        school_year = self.school_year

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "closes_on": closes_on,
                "id": id,
                "message": message,
                "opens_on": opens_on,
                "school_year": school_year,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.message_out import MessageOut  # noqa: PLC0415

        d = dict(src_dict)
        closes_on = datetime.date.fromisoformat(d.pop("closes_on"))

        id = d.pop("id")

        def _parse_message(data: object) -> MessageOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                message_type_0 = MessageOut.from_dict(data)

                return message_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MessageOut | None, data)

        message = _parse_message(d.pop("message"))

        opens_on = datetime.date.fromisoformat(d.pop("opens_on"))

        school_year = d.pop("school_year")

        open_campaign_out = cls(
            closes_on=closes_on,
            id=id,
            message=message,
            opens_on=opens_on,
            school_year=school_year,
        )

        return open_campaign_out
