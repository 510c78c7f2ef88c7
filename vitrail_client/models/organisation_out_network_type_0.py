from typing import Literal

OrganisationOutNetworkType0 = Literal["anglophone", "francophone", "special"]

ORGANISATION_OUT_NETWORK_TYPE_0_VALUES: set[OrganisationOutNetworkType0] = {
    "anglophone",
    "francophone",
    "special",
}


def check_organisation_out_network_type_0(value: str) -> OrganisationOutNetworkType0:
    if value in ORGANISATION_OUT_NETWORK_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ORGANISATION_OUT_NETWORK_TYPE_0_VALUES!r}")
