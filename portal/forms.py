"""Forms as they are shown again: what was typed, and what is wrong with it, beside its field and in a summary."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from portal.gateway_calls import Refused

# Never shown again: what was typed into them is typed anew.
SECRET = frozenset({"password", "password_confirmation", "current_password", "code", "pin"})


@dataclass
class Form:
    """What a visitor has typed, and what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    # What is refused, and what to do about it, when it is about no field alone.
    title: str = ""
    detail: str = ""
    reference: str = ""
    # What to tell the refusal apart by, and how long to wait where that helps.
    code: str = ""
    wait: timedelta | None = None
    # By which whoever runs the service finds a fault of theirs.
    number: str = ""

    @property
    def is_refused(self) -> bool:
        """Tell whether something is wrong."""
        return bool(self.errors or self.title)

    def value(self, name: str) -> str:
        """Return what to show in a field."""
        return "" if name in SECRET else self.values.get(name, "")

    def require(self, texts: Mapping[str, str]) -> bool:
        """Note the fields that were left empty, with these words; tell whether none was."""
        for name, words in texts.items():
            if not self.values.get(name, "").strip():
                self.errors.setdefault(name, []).append(words)
        return not self.errors

    def refuse(self, refusal: Refused, *, fields: Mapping[str, str]) -> None:
        """Note why the API refuses; `fields` says which field a refusal is about, by its code or by the API's name of it."""
        problem = refusal.problem
        self.reference = refusal.support_reference
        self.code, self.wait = refusal.code, refusal.retry_after
        self.number = refusal.number
        mistakes = refusal.mistakes()
        for name, words in mistakes:
            self.errors.setdefault(fields.get(name, name), []).append(words)
        if mistakes:
            return
        if (about := fields.get(refusal.code)) is not None:
            self.errors.setdefault(about, []).append(problem.title)
        else:
            self.title = problem.title
        self.detail = problem.detail
