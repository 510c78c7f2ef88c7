from typing import Literal

AccountInLanguage = Literal["en", "fr"]

ACCOUNT_IN_LANGUAGE_VALUES: set[AccountInLanguage] = {
    "en",
    "fr",
}


def check_account_in_language(value: str) -> AccountInLanguage:
    if value in ACCOUNT_IN_LANGUAGE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ACCOUNT_IN_LANGUAGE_VALUES!r}")
