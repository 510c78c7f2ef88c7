"""Of whom an absence may be announced, and the reasons that each child's school has for it (AT-03, AT-08)."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal import family
from portal.gateway_calls import Refused
from portal.languages import spoken_list
from portal.showing import call, language
from vitrail_client.api.absences import list_child_absence_reasons
from vitrail_client.models.child_out import ChildOut
from vitrail_client.models.reason_out import ReasonOut


@dataclass(frozen=True)
class Offer:
    """A child whose absence may be announced, and its school's reasons."""

    child: ChildOut
    reasons: Sequence[ReasonOut]

    @property
    def name(self) -> str:
        """Return how its family calls it."""
        return family.name_of(self.child)

    @property
    def place(self) -> str:
        """Return its school."""
        return family.place_of(self.child)

    def reason(self, label: str) -> ReasonOut | None:
        """Return the reason that its school words so."""
        return next((each for each in self.reasons if each.label == label), None)


@dataclass(frozen=True)
class Choice:
    """A reason as the page offers it, for all the children or those whose school has it (`only`)."""

    label: str
    needs_explanation: bool
    only: str


def offers() -> tuple[list[Offer], list[ChildOut]]:
    """Return the children whose absences may be announced, and those whose may not."""
    offered, others = [], []
    for child in family.children():
        reasons = _reasons(child) if child.status == "active" and family.REPORT_ABSENCES in child.rights else None
        if reasons is None:
            others.append(child)
        else:
            offered.append(Offer(child, reasons))
    return offered, others


def _reasons(child: ChildOut) -> Sequence[ReasonOut] | None:
    try:
        return call(lambda client: list_child_absence_reasons.sync_detailed(child.id, client=client))
    except Refused as refusal:
        # In the moment after it was linked, attendance has not heard of a child yet.
        if refusal.status != 404:
            raise
        return None


def choices(offered: Sequence[Offer]) -> list[Choice]:
    """Return the reasons of all the schools, those that are worded alike as one."""
    labels = dict.fromkeys(each.label for offer in offered for each in offer.reasons)
    made = []
    for label in labels:
        having = [(offer, found) for offer in offered if (found := offer.reason(label)) is not None]
        only = [offer.name for offer, _ in having] if len(having) < len(offered) else []
        made.append(Choice(label, any(found.needs_explanation for _, found in having), spoken_list(only, language())))
    # What everybody offers comes first, and what asks for an explanation, « Autre », last.
    return sorted(made, key=lambda each: (each.needs_explanation, bool(each.only)))
