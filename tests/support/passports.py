"""Passports as the gateway signs them, for tests that knock at a service without a gateway."""

from shared.passports import SCHOOL, Passport

ORGANISATION_CODE = "712000"


def school_passport(
    *scopes: str, organisation_code: str = ORGANISATION_CODE, client_id: str = "school-system-of-the-tests"
) -> Passport:
    """Return the passport of an organisation's own system, whose token carries `scopes`."""
    return Passport(
        client_id=client_id,
        organisation_code=organisation_code,
        scopes=scopes,
        roles=(SCHOOL,),
        address="192.0.2.200",
    )
