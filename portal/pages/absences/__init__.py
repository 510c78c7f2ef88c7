"""Absences: announcing them, and what the school recorded (AT-01 to AT-11)."""

from portal.pages.absences import announcing, listing, motivating
from portal.showing import Address

_OF_CHILD = ("/enfants/<child_id>/absences", "/en/children/<child_id>/absences")

ADDRESSES = (
    Address("absences.announce", "/absences/annoncer", "/en/absences/announce", announcing.announce, ("GET", "POST")),
    Address("absences.announced", "/absences/annoncees", "/en/absences/announced", announcing.announced),
    Address("absences", *_OF_CHILD, listing.absences),
    Address(
        "absences.motivate",
        f"{_OF_CHILD[0]}/motiver",
        f"{_OF_CHILD[1]}/motivate",
        motivating.motivate,
        ("GET", "POST"),
    ),
    Address(
        "absences.withdraw",
        f"{_OF_CHILD[0]}/avis/<notice_id>/annuler",
        f"{_OF_CHILD[1]}/notices/<notice_id>/withdraw",
        listing.withdraw,
        ("GET", "POST"),
    ),
)
