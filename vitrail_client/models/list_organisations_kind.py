from typing import Literal

ListOrganisationsKind = Literal["private", "public"]

LIST_ORGANISATIONS_KIND_VALUES: set[ListOrganisationsKind] = {
    "private",
    "public",
}


def check_list_organisations_kind(value: str) -> ListOrganisationsKind:
    if value in LIST_ORGANISATIONS_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_ORGANISATIONS_KIND_VALUES!r}")
