from typing import Literal

RideOutDirection = Literal["from_school", "to_school"]

RIDE_OUT_DIRECTION_VALUES: set[RideOutDirection] = {
    "from_school",
    "to_school",
}


def check_ride_out_direction(value: str) -> RideOutDirection:
    if value in RIDE_OUT_DIRECTION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {RIDE_OUT_DIRECTION_VALUES!r}")
