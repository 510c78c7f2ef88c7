from typing import Literal

OrganisationOutKind = Literal["private", "public"]

ORGANISATION_OUT_KIND_VALUES: set[OrganisationOutKind] = {
    "private",
    "public",
}


def check_organisation_out_kind(value: str) -> OrganisationOutKind:
    if value in ORGANISATION_OUT_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ORGANISATION_OUT_KIND_VALUES!r}")
