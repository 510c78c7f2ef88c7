"""The password policies, by name: one a deployment (security.md §0, ID-18, ID-19, PWD-1 to PWD-5).

`mozaik-2021` is the guides' newest (8 to 16 characters, three of four classes) and the default; `mozaik-2017` the older
one; `nist` is what is recommended today. Characters are counted after NFKC, because that is what is hashed: a password
that was typed composed on one machine and decomposed on another is one password of one length.
"""

import unicodedata
from dataclasses import dataclass

from services.identity.rules.passwords.blocklist import is_common
from services.identity.rules.passwords.context import has_context

LOWER = "lower"
UPPER = "upper"
DIGIT = "digit"
SYMBOL = "symbol"

TOO_SHORT = "too_short"
TOO_LONG = "too_long"
MISSING_CLASSES = "missing_classes"
TOO_COMMON = "too_common"
FROM_CONTEXT = "from_context"

# The longest password of any policy; beyond it a sign-in is refused without hashing what was given.
LONGEST = 128
# Shown by the guides as examples; every character that is neither letter nor digit counts.
GUIDE_SYMBOLS = "#$/%?&*"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A named set of rules; the blocklist applies in all of them."""

    name: str
    min_length: int
    max_length: int
    classes: tuple[str, ...] = ()
    required_classes: int = 0


POLICIES = {
    policy.name: policy
    for policy in (
        Policy(
            name="mozaik-2021",
            min_length=8,
            max_length=16,
            classes=(LOWER, UPPER, DIGIT, SYMBOL),
            required_classes=3,
        ),
        Policy(
            name="mozaik-2017",
            min_length=8,
            max_length=LONGEST,
            classes=(LOWER, UPPER, SYMBOL),
            required_classes=3,
        ),
        Policy(name="nist", min_length=15, max_length=LONGEST),
    )
}


@dataclass(frozen=True)
class Unmet:
    """A rule that a password does not meet; `facts` are for the words that say so."""

    rule: str
    facts: dict[str, int]


def normalized(password: str) -> str:
    """Return the form of a password that is counted and hashed: NFKC, with every character kept (PWD-9)."""
    return unicodedata.normalize("NFKC", password)


def unmet(policy: Policy, password: str, *, email: str) -> list[Unmet]:
    """Return the rules of `policy` that `password` does not meet for the account of `email`; all of them at once."""
    text = normalized(password)
    found = []
    if len(text) < policy.min_length:
        found.append(Unmet(TOO_SHORT, {"min_length": policy.min_length}))
    if len(text) > policy.max_length:
        found.append(Unmet(TOO_LONG, {"max_length": policy.max_length}))
        # What is far too long is told so and not looked at any further.
        text = text[:LONGEST]
    if len(classes_in(text) & set(policy.classes)) < policy.required_classes:
        found.append(Unmet(MISSING_CLASSES, {"required_classes": policy.required_classes}))
    if is_common(text):
        found.append(Unmet(TOO_COMMON, {}))
    if has_context(text, email=email):
        found.append(Unmet(FROM_CONTEXT, {}))
    return found


def classes_in(text: str) -> set[str]:
    """Return the classes of characters that `text` has; whatever is neither letter nor digit is a symbol."""
    found = set()
    for character in text:
        if character.islower():
            found.add(LOWER)
        elif character.isupper():
            found.add(UPPER)
        elif character.isdecimal():
            found.add(DIGIT)
        elif not character.isalnum():
            found.add(SYMBOL)
    return found
