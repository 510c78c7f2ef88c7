"""What attendance refuses.

Problem
├── OrganisationNotSubscribed  409
├── ExplanationRequired        422  AT-08
├── TimeRequired               422
├── NoSchoolDay                422
├── NoticeTooLate              409
├── NoticeOverlaps             409
├── NoticeStarted              409
├── AlreadyMotivated           409
└── MotivationClosed           409
"""

from shared.problems import Problem


class OrganisationNotSubscribed(Problem):
    """We have not heard that the organisation of the token takes part, or have heard that it does no more."""

    type = "/problems/attendance/organisation-not-subscribed"
    status = 409


class ExplanationRequired(Problem):
    """The reason asks for an explanation, and there is none but blanks (AT-08)."""

    type = "/problems/attendance/explanation-required"
    status = 422


class TimeRequired(Problem):
    """A late arrival or an early departure without its time (AT-06)."""

    type = "/problems/attendance/time-required"
    status = 422


class NoSchoolDay(Problem):
    """There is no school on any of the announced days."""

    type = "/problems/attendance/no-school-day"
    status = 422


class NoticeTooLate(Problem):
    """What is announced is over already, or the school's hour for announcing it has passed."""

    type = "/problems/attendance/notice-too-late"
    status = 409
    extensions = ("until",)


class NoticeOverlaps(Problem):
    """Another notice, by whichever guardian, announces the same part of a day."""

    type = "/problems/attendance/notice-overlaps"
    status = 409


class NoticeStarted(Problem):
    """What was announced has begun: the notice can no longer be withdrawn."""

    type = "/problems/attendance/notice-started"
    status = 409


class AlreadyMotivated(Problem):
    """The absence has been motivated, by a notice or by a guardian."""

    type = "/problems/attendance/already-motivated"
    status = 409


class MotivationClosed(Problem):
    """The school's cut-off for this absence has passed."""

    type = "/problems/attendance/motivation-closed"
    status = 409
    extensions = ("until",)


ALL = (
    OrganisationNotSubscribed,
    ExplanationRequired,
    TimeRequired,
    NoSchoolDay,
    NoticeTooLate,
    NoticeOverlaps,
    NoticeStarted,
    AlreadyMotivated,
    MotivationClosed,
)
