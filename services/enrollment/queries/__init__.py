"""How things are found: one statement each, built once, with answers as plain values (performance.md)."""

from services.enrollment.queries.addressees import START, Addressee, count_addressees, list_addressees
from services.enrollment.queries.announcements import Mailbox, find_announced_link, list_mailboxes_without_account
from services.enrollment.queries.campaigns import (
    ANSWER_NAMES,
    CampaignRow,
    StandingAnswer,
    count_answers,
    find_answer,
    find_campaign,
    list_answers,
    list_answers_after,
    list_campaigns,
    list_open_campaigns,
    list_school_names,
    lock_campaign_to_change,
    lock_campaign_to_use,
)
from services.enrollment.queries.cases import (
    find_case,
    find_organisation_of_case,
    is_barred,
    list_cases,
    list_organisations_with_due_cases,
    status_of,
)
from services.enrollment.queries.children import Held, count_other_children, find_child, list_children
from services.enrollment.queries.claims import Candidate, Candidates, Door, find_candidates, find_door
from services.enrollment.queries.disputes import (
    find_dispute,
    find_held_since,
    is_disputed,
    list_disputes,
    list_other_guardians,
)
from services.enrollment.queries.journal import list_journal
from services.enrollment.queries.organisations import find_organisation_by_code, list_organisations
from services.enrollment.queries.pins import has_student, is_guardian, list_pins
from services.enrollment.queries.placements import Placement, list_placements
from services.enrollment.queries.registry import (
    StudentRow,
    find_import,
    find_student_on_file,
    list_imports,
    list_rejected_lines,
)
from services.enrollment.queries.standings import Standing, list_requirements, list_standings
from services.enrollment.queries.subscribers import (
    SubscriberRow,
    find_subscriber,
    list_subscribers,
    list_subscribers_of,
)
from services.enrollment.queries.tables import ACTIVE, ENDED, PREPARING, SUSPENDED, Page

__all__ = [
    "ACTIVE",
    "ANSWER_NAMES",
    "ENDED",
    "PREPARING",
    "START",
    "SUSPENDED",
    "Addressee",
    "CampaignRow",
    "Candidate",
    "Candidates",
    "Door",
    "Held",
    "Mailbox",
    "Page",
    "Placement",
    "Standing",
    "StandingAnswer",
    "StudentRow",
    "SubscriberRow",
    "count_addressees",
    "count_answers",
    "count_other_children",
    "find_announced_link",
    "find_answer",
    "find_campaign",
    "find_candidates",
    "find_case",
    "find_child",
    "find_dispute",
    "find_door",
    "find_held_since",
    "find_import",
    "find_organisation_by_code",
    "find_organisation_of_case",
    "find_student_on_file",
    "find_subscriber",
    "has_student",
    "is_barred",
    "is_disputed",
    "is_guardian",
    "list_addressees",
    "list_answers",
    "list_answers_after",
    "list_campaigns",
    "list_cases",
    "list_children",
    "list_disputes",
    "list_imports",
    "list_journal",
    "list_mailboxes_without_account",
    "list_open_campaigns",
    "list_organisations",
    "list_organisations_with_due_cases",
    "list_other_guardians",
    "list_pins",
    "list_placements",
    "list_rejected_lines",
    "list_requirements",
    "list_school_names",
    "list_standings",
    "list_subscribers",
    "list_subscribers_of",
    "lock_campaign_to_change",
    "lock_campaign_to_use",
    "status_of",
]
