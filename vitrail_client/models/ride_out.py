from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.ride_out_direction import RideOutDirection, check_ride_out_direction

T = TypeVar("T", bound="RideOut")


@_attrs_define
class RideOut:
    """
    Attributes:
        bus (None | str):
        days (None | str):
        direction (RideOutDirection):
        route (None | str):
        stop (None | str):
        time (None | str):  Example: 07:25.
    """

    bus: None | str
    days: None | str
    direction: RideOutDirection
    route: None | str
    stop: None | str
    time: None | str

    def to_dict(self) -> dict[str, Any]:
        bus: None | str
        bus = self.bus

        days: None | str
        days = self.days

        direction: str = self.direction

        route: None | str
        route = self.route

        stop: None | str
        stop = self.stop

        time: None | str
        time = self.time

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "bus": bus,
                "days": days,
                "direction": direction,
                "route": route,
                "stop": stop,
                "time": time,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_bus(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        bus = _parse_bus(d.pop("bus"))

        def _parse_days(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        days = _parse_days(d.pop("days"))

        direction = check_ride_out_direction(d.pop("direction"))

        def _parse_route(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        route = _parse_route(d.pop("route"))

        def _parse_stop(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        stop = _parse_stop(d.pop("stop"))

        def _parse_time(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        time = _parse_time(d.pop("time"))

        ride_out = cls(
            bus=bus,
            days=days,
            direction=direction,
            route=route,
            stop=stop,
            time=time,
        )

        return ride_out
