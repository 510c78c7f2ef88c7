from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.verdict_out_kind_type_0 import (
    VerdictOutKindType0,
    check_verdict_out_kind_type_0,
)
from ..models.verdict_out_status import VerdictOutStatus, check_verdict_out_status

T = TypeVar("T", bound="VerdictOut")


@_attrs_define
class VerdictOut:
    """
    Attributes:
        issued_on (datetime.date | None): The day since which parents can see it.
        kind (None | VerdictOutKindType0):
        organisation_code (None | str): The ministry's code of the board or school.
        status (VerdictOutStatus): `genuine`: as the school says it now; `replaced`: the school has corrected it since;
            `withdrawn`: the school has taken it back; `not_genuine`: nothing that the school has published.
    """

    issued_on: datetime.date | None
    kind: None | VerdictOutKindType0
    organisation_code: None | str
    status: VerdictOutStatus

    def to_dict(self) -> dict[str, Any]:
        issued_on: None | str
        if isinstance(self.issued_on, datetime.date):
            issued_on = self.issued_on.isoformat()
        else:
            issued_on = self.issued_on

        kind: None | str
        if isinstance(self.kind, str):
            kind = self.kind
        else:
            kind = self.kind

        organisation_code: None | str
        organisation_code = self.organisation_code

        status: str = self.status

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "issued_on": issued_on,
                "kind": kind,
                "organisation_code": organisation_code,
                "status": status,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_issued_on(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                issued_on_type_0 = datetime.date.fromisoformat(data)

                return issued_on_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        issued_on = _parse_issued_on(d.pop("issued_on"))

        def _parse_kind(data: object) -> None | VerdictOutKindType0:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                kind_type_0 = check_verdict_out_kind_type_0(data)

                return kind_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | VerdictOutKindType0, data)

        kind = _parse_kind(d.pop("kind"))

        def _parse_organisation_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        organisation_code = _parse_organisation_code(d.pop("organisation_code"))

        status = check_verdict_out_status(d.pop("status"))

        verdict_out = cls(
            issued_on=issued_on,
            kind=kind,
            organisation_code=organisation_code,
            status=status,
        )

        return verdict_out
