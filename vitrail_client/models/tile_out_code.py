from typing import Literal

TileOutCode = Literal["absences", "agenda", "file", "finances", "messages", "resources", "results"]

TILE_OUT_CODE_VALUES: set[TileOutCode] = {
    "absences",
    "agenda",
    "file",
    "finances",
    "messages",
    "resources",
    "results",
}


def check_tile_out_code(value: str) -> TileOutCode:
    if value in TILE_OUT_CODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TILE_OUT_CODE_VALUES!r}")
