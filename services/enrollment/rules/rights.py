"""What a guardian may do with a child's file, from what the school's registry says of the two (registry.md).

Both separated parents keep their authority unless a judgment says otherwise (domain-facts C6): where the file is
silent, a guardian has every right. A restriction that we do not understand must not count as none, so it closes the
file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

VIEW_FILE: Final = "view_file"
REPORT_ABSENCES: Final = "report_absences"
# Re-registration is the principal guardian's (« répondant principal », RR-02).
RE_REGISTER: Final = "re_register"

_EVERY_GUARDIAN: Final = (VIEW_FILE, REPORT_ABSENCES)
_PRINCIPAL: Final = (*_EVERY_GUARDIAN, RE_REGISTER)
# What a PIN gives that was issued for nobody by name: never what is the principal guardian's.
_PIN_BEARER: Final = tuple(sorted(_EVERY_GUARDIAN))
# `no_view_file` takes one right away; `no_access`, and any other word, all of them.
_TAKES_AWAY: Final = {f"no_{right}": right for right in _PRINCIPAL}


@dataclass(frozen=True, kw_only=True)
class Guardianship:
    """What the file says of one guardian and one student."""

    is_principal: bool
    rights: Sequence[str] | None = None
    restrictions: Sequence[str] = ()
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class Pin:
    """A PIN that an account holds a student by: what the file says of the guardian whom it names; None: it names nobody."""

    named: Sequence[Guardianship] | None


def of_account(own: Sequence[Guardianship], *, pin: Pin | None, on: date) -> tuple[str, ...]:
    """Return what an account may do with a student's file on a day; `own` is what the file says of its mailbox.

    Where the file knows the mailbox, the file alone decides: no PIN lifts a restriction. A PIN stands in for a mailbox
    that the file does not know, with the rights of the guardian it names for as long as the file has that guardian, or
    with those that every guardian has.
    """
    if own or pin is None:
        return of(own, on=on)
    return _PIN_BEARER if pin.named is None else of(pin.named, on=on)


def of(guardianships: Iterable[Guardianship], *, on: date) -> tuple[str, ...]:
    """Return the rights of a mailbox on a day: of all the guardians who have it together, in a fixed order.

    None at all means that the file stays closed to it.
    """
    return tuple(sorted({right for each in guardianships for right in _of_one(each, on)}))


def _of_one(guardianship: Guardianship, on: date) -> set[str]:
    has_begun = guardianship.starts_on is None or guardianship.starts_on <= on
    has_ended = guardianship.ends_on is not None and guardianship.ends_on < on
    if not has_begun or has_ended or set(guardianship.restrictions) - _TAKES_AWAY.keys():
        return set()
    by_default = _PRINCIPAL if guardianship.is_principal else _EVERY_GUARDIAN
    granted = by_default if guardianship.rights is None else guardianship.rights
    return set(granted) - {_TAKES_AWAY[word] for word in guardianship.restrictions}
