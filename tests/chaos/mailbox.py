"""Where identity's letters go, and whether every account's holder got the letters that are due, each once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select

from one_machine.kafka.node import free_ports
from services.identity import consumers, letters as identity_letters
from shared.database import Database
from shared.letters import letters
from tests.chaos import verdict
from tests.chaos.plan import Harm
from tests.chaos.verdict import Finding
from tests.support.smtp import Letter, SmtpServer

LINKED: Final = consumers.CHILD_LINKED
UNLINKED: Final = consumers.CHILD_UNLINKED
_KINDS: Final = {LINKED: identity_letters.CHILD_LINKED, UNLINKED: identity_letters.CHILD_UNLINKED}


class Mailbox:
    """The mail server, which goes away for a while now and then."""

    name = "mail server"
    harms = (Harm(kind="away", weight=0.7, shortest_s=0.3, longest_s=2),)

    def __init__(self) -> None:
        self._server = SmtpServer(port=free_ports(1)[0])
        self._earlier: list[Letter] = []
        self.url = self._server.url

    @property
    def letters(self) -> list[Letter]:
        """Every letter that was taken."""
        return [*self._earlier, *self._server.letters]

    def strike(self, kind: str) -> None:
        """Close it, with every conversation."""
        self._server.close()

    def mend(self, kind: str) -> None:
        """Open it again where it was."""
        self._earlier += self._server.letters
        self._server = SmtpServer(port=self._server.port)

    def close(self) -> None:
        """Close it for good."""
        self._server.close()

    def judge(
        self, identity: Database, *, events: Mapping[str, Sequence[Mapping[str, Any]]], emails: Mapping[str, str]
    ) -> list[Finding]:
        """Hold identity's letters, and what came here, to the data of the events; `emails` are the accounts'."""
        expected = {_KINDS[event_type]: len(of_type) for event_type, of_type in events.items()}
        with identity.read() as session:
            written = session.execute(select(letters.c.kind, letters.c.outcome)).all()
        by_kind, fates = Counter(kind for kind, _ in written), Counter(str(outcome) for _, outcome in written)
        due = Counter(emails[data["account_id"]] for of_type in events.values() for data in of_type)
        # A letter whose sender died may come twice; it has one id, and a mailbox may show it once (COD-14).
        came = {(letter.recipients[0], str(letter.message["Message-ID"])) for letter in self.letters}
        delivered = Counter(email for email, _ in came)
        invariant = "one_letter_each"
        found = verdict.counts_agree(expected, by_kind, invariant=invariant, where="letters written")
        found += verdict.counts_agree({"sent": sum(expected.values())}, fates, invariant=invariant, where="outcomes")
        return found + verdict.counts_agree(due, delivered, invariant=invariant, where="letters delivered")


def count_waiting(identity: Database) -> int:
    """Return how many letters are still to be sent."""
    with identity.read() as session:
        return session.scalar(select(func.count()).select_from(letters).where(letters.c.due_at.is_not(None))) or 0
