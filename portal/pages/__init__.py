"""Every page of the portal: its addresses in both languages, and what makes it."""

from portal.pages import absences, children, claiming, family, guardians, proving, re_registration, records, signing_in

ADDRESSES = (
    *signing_in.ADDRESSES,
    *proving.ADDRESSES,
    *children.ADDRESSES,
    *claiming.ADDRESSES,
    *family.ADDRESSES,
    *absences.ADDRESSES,
    *guardians.ADDRESSES,
    *re_registration.ADDRESSES,
    *records.ADDRESSES,
)
