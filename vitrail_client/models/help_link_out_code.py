from typing import Literal

HelpLinkOutCode = Literal["help", "sign_in_help"]

HELP_LINK_OUT_CODE_VALUES: set[HelpLinkOutCode] = {
    "help",
    "sign_in_help",
}


def check_help_link_out_code(value: str) -> HelpLinkOutCode:
    if value in HELP_LINK_OUT_CODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {HELP_LINK_OUT_CODE_VALUES!r}")
