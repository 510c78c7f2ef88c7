from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ClaimIn")


@_attrs_define
class ClaimIn:
    """
    Attributes:
        first_name (str):
        identifier (str): The 7 digits of the file number, or the 12 characters of the permanent code.
        last_name (str):
        organisation_id (str):
        birth_date (datetime.date | None | Unset):
        birth_day (int | None | Unset):
        birth_month (int | None | Unset):
        birth_year (int | None | Unset):
        pin (None | str | Unset): The PIN that the school gave, if it gave one; blanks, dashes and small letters do not
            count. It stands in for an e-mail that the school’s file does not have, and for nothing else. Default: ''.
    """

    first_name: str
    identifier: str
    last_name: str
    organisation_id: str
    birth_date: datetime.date | None | Unset = UNSET
    birth_day: int | None | Unset = UNSET
    birth_month: int | None | Unset = UNSET
    birth_year: int | None | Unset = UNSET
    pin: None | str | Unset = ""

    def to_dict(self) -> dict[str, Any]:
        first_name = self.first_name

        identifier = self.identifier

        last_name = self.last_name

        organisation_id = self.organisation_id

        birth_date: None | str | Unset
        if isinstance(self.birth_date, Unset):
            birth_date = UNSET
        elif isinstance(self.birth_date, datetime.date):
            birth_date = self.birth_date.isoformat()
        else:
            birth_date = self.birth_date

        birth_day: int | None | Unset
        if isinstance(self.birth_day, Unset):
            birth_day = UNSET
        else:
            birth_day = self.birth_day

        birth_month: int | None | Unset
        if isinstance(self.birth_month, Unset):
            birth_month = UNSET
        else:
            birth_month = self.birth_month

        birth_year: int | None | Unset
        if isinstance(self.birth_year, Unset):
            birth_year = UNSET
        else:
            birth_year = self.birth_year

        pin: None | str | Unset
        if isinstance(self.pin, Unset):
            pin = UNSET
        else:
            pin = self.pin

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "first_name": first_name,
                "identifier": identifier,
                "last_name": last_name,
                "organisation_id": organisation_id,
            }
        )
        if birth_date is not UNSET:
            field_dict["birth_date"] = birth_date
        if birth_day is not UNSET:
            field_dict["birth_day"] = birth_day
        if birth_month is not UNSET:
            field_dict["birth_month"] = birth_month
        if birth_year is not UNSET:
            field_dict["birth_year"] = birth_year
        if pin is not UNSET:
            field_dict["pin"] = pin

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        first_name = d.pop("first_name")

        identifier = d.pop("identifier")

        last_name = d.pop("last_name")

        organisation_id = d.pop("organisation_id")

        def _parse_birth_date(data: object) -> datetime.date | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                birth_date_type_0 = datetime.date.fromisoformat(data)

                return birth_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None | Unset, data)

        birth_date = _parse_birth_date(d.pop("birth_date", UNSET))

        def _parse_birth_day(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        birth_day = _parse_birth_day(d.pop("birth_day", UNSET))

        def _parse_birth_month(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        birth_month = _parse_birth_month(d.pop("birth_month", UNSET))

        def _parse_birth_year(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        birth_year = _parse_birth_year(d.pop("birth_year", UNSET))

        def _parse_pin(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        pin = _parse_pin(d.pop("pin", UNSET))

        claim_in = cls(
            first_name=first_name,
            identifier=identifier,
            last_name=last_name,
            organisation_id=organisation_id,
            birth_date=birth_date,
            birth_day=birth_day,
            birth_month=birth_month,
            birth_year=birth_year,
            pin=pin,
        )

        return claim_in
