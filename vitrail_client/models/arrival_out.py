from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.arrival_out_step import ArrivalOutStep, check_arrival_out_step

if TYPE_CHECKING:
    from ..models.signed_in_out import SignedInOut


T = TypeVar("T", bound="ArrivalOut")


@_attrs_define
class ArrivalOut:
    """
    Attributes:
        session (None | SignedInOut):
        step (ArrivalOutStep): The last two are still to be confirmed: see `/social-confirmation`.
    """

    session: None | SignedInOut
    step: ArrivalOutStep

    def to_dict(self) -> dict[str, Any]:
        from ..models.signed_in_out import SignedInOut  # noqa: PLC0415

        session: dict[str, Any] | None
        if isinstance(self.session, SignedInOut):
            session = self.session.to_dict()
        else:
            session = self.session

        step: str = self.step

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "session": session,
                "step": step,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.signed_in_out import SignedInOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_session(data: object) -> None | SignedInOut:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                session_type_0 = SignedInOut.from_dict(data)

                return session_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SignedInOut, data)

        session = _parse_session(d.pop("session"))

        step = check_arrival_out_step(d.pop("step"))

        arrival_out = cls(
            session=session,
            step=step,
        )

        return arrival_out
