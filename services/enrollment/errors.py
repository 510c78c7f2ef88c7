"""What enrollment refuses.

Problem
├── EmailNotOnFile             403  « Oups. Accès refusé »
├── ClaimMismatch              422  « Les informations ne concordent pas »
├── IdentifierMalformed        422
├── OrganisationNotSubscribed  409
├── LinkNotDisputable          409
├── DisputeUnknown             404
├── ReferenceUnknown           404
├── StudentUnknown             404
├── PinUnknown                 404
├── GuardianNotOnFile          422
├── CampaignClosed             409  the dates of the next window, or of the last
├── NotPrincipalGuardian       403
├── TooManyChildren            409
├── ImportUnderWay             409
├── FileNumberTaken            409
└── TooManyClaims              429
"""

from shared.problems import Problem


class EmailNotOnFile(Problem):
    """The account's proven e-mail is on no student's file of the organisation (ID-29; security.md §0).

    It tells the asker about their own address only, so it may be told apart from every other refusal.
    """

    type = "/problems/enrollment/email-not-on-file"
    status = 403
    extensions = ("support_reference",)


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


class LinkNotDisputable(Problem):
    """The other account held the child first, or has held it for long: the school alone can look into it (CHD-11)."""

    type = "/problems/enrollment/link-not-disputable"
    status = 409


class DisputeUnknown(Problem):
    """No dispute with this id waits for a decision."""

    type = "/problems/enrollment/dispute-unknown"
    status = 404


class ReferenceUnknown(Problem):
    """No link that the organisation announced lately, and that is live, has this reference."""

    type = "/problems/enrollment/reference-unknown"
    status = 404


class StudentUnknown(Problem):
    """Nobody is at the organisation by this identifier of its school system."""

    type = "/problems/enrollment/student-unknown"
    status = 404


class PinUnknown(Problem):
    """The organisation, or the student, has no PIN with this id."""

    type = "/problems/enrollment/pin-unknown"
    status = 404


class GuardianNotOnFile(Problem):
    """A PIN was asked for somebody who is not on the student's file."""

    type = "/problems/enrollment/guardian-not-on-file"
    status = 422


class CampaignClosed(Problem):
    """Re-registration takes no answers now: its window is told, of the next campaign or else of the last (RR-01, RR-03)."""

    type = "/problems/enrollment/campaign-closed"
    status = 409
    extensions = ("school_year", "opens_on", "closes_on")


class NotPrincipalGuardian(Problem):
    """The school's file lets another guardian of the child answer (RR-02)."""

    type = "/problems/enrollment/not-principal-guardian"
    status = 403


class CampaignOverlaps(Problem):
    """Another campaign could ask the same student on the same day."""

    type = "/problems/enrollment/campaign-overlaps"
    status = 409
    extensions = ("campaign_id", "opens_on", "closes_on")


class CampaignBegun(Problem):
    """The campaign has opened: its first day and its school year stay what parents were told."""

    type = "/problems/enrollment/campaign-begun"
    status = 409
    extensions = ("opens_on",)


class TooManyChildren(Problem):
    """The account holds as many children as an account may (CHD-15)."""

    type = "/problems/enrollment/too-many-children"
    status = 409


class OrganisationUnknown(Problem):
    """No organisation of the directory has this code."""

    type = "/problems/enrollment/organisation-unknown"
    status = 404


class RegistryMalformed(Problem):
    """The files cannot be read as a registry; it says which file, which line and why, never what stands there."""

    type = "/problems/enrollment/registry-malformed"
    status = 422
    extensions = ("file", "line", "reason", "import_id")


class DirectoryMalformed(Problem):
    """A file cannot be read as a directory of boards, schools or private schools."""

    type = "/problems/enrollment/directory-malformed"
    status = 422
    extensions = ("file", "line", "reason")


class RegistryOfAnotherOrganisation(Problem):
    """The registry names another board or private school as its own."""

    type = "/problems/enrollment/registry-of-another-organisation"
    status = 409
    extensions = ("found", "import_id")


class TooManyRemovals(Problem):
    """A bulk registry lacks more active students than leave a school at once: it may be cut off (registry.md)."""

    type = "/problems/enrollment/too-many-removals"
    status = 409
    extensions = ("gone", "active", "import_id")


class ImportOvertaken(Problem):
    """The organisation's registry was changed, by another import or by call, while this one was being compared."""

    type = "/problems/enrollment/import-overtaken"
    status = 409
    extensions = ("import_id",)


class ImportUnderWay(Problem):
    """Another import of the organisation has not been answered yet."""

    type = "/problems/enrollment/import-under-way"
    status = 409


class FileNumberTaken(Problem):
    """Another student of the organisation, who is there, has this file number (domain-facts C2)."""

    type = "/problems/enrollment/file-number-taken"
    status = 409


class SubscriberNameMalformed(Problem):
    """A subscriber's name is a part of its topics' names: small letters, digits and inner hyphens."""

    type = "/problems/enrollment/subscriber-name-malformed"
    status = 422


class SubscriberNameTaken(Problem):
    """Another subscriber has this name, or had it: names are given once (`models/subscribers.py`)."""

    type = "/problems/enrollment/subscriber-name-taken"
    status = 409


class SubscriberUnknown(Problem):
    """No subscriber that has not been taken off board has this name."""

    type = "/problems/enrollment/subscriber-unknown"
    status = 404


class DomainNotOnBoard(Problem):
    """The subscriber has no topic for what it would read: only the operator's command can make one, with its rights."""

    type = "/problems/enrollment/domain-not-on-board"
    status = 409


class PurposeMissing(Problem):
    """Nobody said what the organisation lets a subscriber read its events for."""

    type = "/problems/enrollment/purpose-missing"
    status = 422


class TypeNotExportable(Problem):
    """No event of this type, or of this domain, may leave (`deploy/exports.toml`)."""

    type = "/problems/enrollment/type-not-exportable"
    status = 422


class FieldNotExportable(Problem):
    """A field of the type may not leave (EVT-1)."""

    type = "/problems/enrollment/field-not-exportable"
    status = 422


class EventLogAway(Problem):
    """The event log does not answer; what was begun is completed by the same command again."""

    type = "/problems/enrollment/event-log-away"
    status = 503


class EventLogRefuses(Problem):
    """The event log does not let this service make topics or give rights."""

    type = "/problems/enrollment/event-log-refuses"
    status = 502


ALL = (
    EmailNotOnFile,
    ClaimMismatch,
    IdentifierMalformed,
    OrganisationNotSubscribed,
    TooManyClaims,
    LinkNotDisputable,
    DisputeUnknown,
    ReferenceUnknown,
    StudentUnknown,
    PinUnknown,
    GuardianNotOnFile,
    CampaignClosed,
    NotPrincipalGuardian,
    CampaignOverlaps,
    CampaignBegun,
    TooManyChildren,
    OrganisationUnknown,
    RegistryMalformed,
    DirectoryMalformed,
    RegistryOfAnotherOrganisation,
    TooManyRemovals,
    ImportOvertaken,
    ImportUnderWay,
    FileNumberTaken,
    SubscriberNameMalformed,
    SubscriberNameTaken,
    SubscriberUnknown,
    DomainNotOnBoard,
    PurposeMissing,
    TypeNotExportable,
    FieldNotExportable,
    EventLogAway,
    EventLogRefuses,
)
