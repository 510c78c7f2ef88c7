"""What enrollment refuses.

Problem
├── EmailNotOnFile             403  « Oups. Accès refusé »
├── ClaimMismatch              422  « Les informations ne concordent pas »
├── IdentifierMalformed        422
├── OrganisationNotSubscribed  409
├── TooManyChildren            409
└── TooManyClaims              429
"""

from shared.problems import Problem


class EmailNotOnFile(Problem):
    """The account's proven e-mail is on no student's file of the organisation (ID-29; security.md §0).

    It tells the asker about their own address only, so it may be told apart from every other refusal.
    """

    type = "/problems/enrollment/email-not-on-file"
    status = 403


class ClaimMismatch(Problem):
    """The claim does not agree with the registry; nobody but the school learns where (EN-15, CHD-2, W11)."""

    type = "/problems/enrollment/claim-mismatch"
    status = 422
    extensions = ("support_reference",)


class IdentifierMalformed(Problem):
    """The identifier is neither a file number nor a permanent code by its form (EN-11, CHD-10)."""

    type = "/problems/enrollment/identifier-malformed"
    status = 422


class OrganisationNotSubscribed(Problem):
    """The organisation does not take part (EN-24, ID-33)."""

    type = "/problems/enrollment/organisation-not-subscribed"
    status = 409


class TooManyClaims(Problem):
    """This account, or this network address, has failed too often (CHD-4, CHD-7)."""

    type = "/problems/enrollment/too-many-claims"
    status = 429


class TooManyChildren(Problem):
    """The account holds as many children as an account may (CHD-15)."""

    type = "/problems/enrollment/too-many-children"
    status = 409


ALL = (EmailNotOnFile, ClaimMismatch, IdentifierMalformed, OrganisationNotSubscribed, TooManyClaims, TooManyChildren)
