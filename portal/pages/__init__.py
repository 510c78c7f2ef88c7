"""Every page of the portal: its addresses in both languages, and what makes it."""

from portal.pages import (
    absences,
    account,
    children,
    claiming,
    contacting,
    email_changes,
    family,
    guardians,
    passwords,
    re_registration,
    reauthentication,
    records,
    signing_in,
    social,
    verifying,
)

ADDRESSES = (
    *signing_in.ADDRESSES,
    *passwords.ADDRESSES,
    *reauthentication.ADDRESSES,
    *social.ADDRESSES,
    *children.ADDRESSES,
    *claiming.ADDRESSES,
    *family.ADDRESSES,
    *absences.ADDRESSES,
    *guardians.ADDRESSES,
    *re_registration.ADDRESSES,
    *account.ADDRESSES,
    *email_changes.ADDRESSES,
    *records.ADDRESSES,
    *contacting.ADDRESSES,
    *verifying.ADDRESSES,
)
