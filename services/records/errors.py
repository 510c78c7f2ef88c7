"""What records refuses.

Problem
├── DocumentUnreadable         503
├── NotAWholePdf               422
├── OrganisationNotSubscribed  409
├── SigningKeyInUse            409
└── TooManySupportRequests     429
"""

from shared.problems import Problem


class DocumentUnreadable(Problem):
    """The store has lost a document, or part of it; the log says which, and its school can send it again."""

    type = "/problems/records/document-unreadable"
    status = 503


class NotAWholePdf(Problem):
    """What was sent as a document does not begin, or does not end, as a PDF does."""

    type = "/problems/records/not-a-whole-pdf"
    status = 422


class OrganisationNotSubscribed(Problem):
    """We have not heard that the organisation of the token takes part, or have heard that it does no more."""

    type = "/problems/records/organisation-not-subscribed"
    status = 409


class SigningKeyInUse(Problem):
    """The key that is to be revoked is the newest of the ring: whatever is written next would be signed by it."""

    type = "/problems/records/signing-key-in-use"
    status = 409


class TooManySupportRequests(Problem):
    """This account has asked for help as often as an account may: the school's telephone is faster now (XC-01)."""

    type = "/problems/records/too-many-support-requests"
    status = 429


ALL = (DocumentUnreadable, NotAWholePdf, OrganisationNotSubscribed, SigningKeyInUse, TooManySupportRequests)
