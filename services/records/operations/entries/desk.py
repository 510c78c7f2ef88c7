"""One transaction's work on an organisation's entries: what they say, where they stand, and what is told of it.

Whoever changes an entry takes it here first, so that what parents could see until now is told before it changes, and settles it
afterwards, so that nothing is told that they cannot see.

    with ctx.db.transaction() as session, desks.of_system(…) as desk:      the organisation's row is held
        desk.hold(kind, source_ids)                                        what the clock has let out meanwhile is told
        desk.revise(entry, …)                                              what it said stays as a revision
        desk.settle(entry)                                                 where it stands now, and what is to be told of that
                                                                           at the end: signed, written and told
"""

import hashlib
import os
from collections.abc import Collection
from datetime import date, datetime
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import insert
from sqlalchemy.orm import Session

from services.records import events, queries
from services.records.context import Context
from services.records.events import Record
from services.records.models import Entry, Revision
from services.records.operations import signing
from services.records.rules import audiences, kinds, ministerial, publication, signatures
from services.records.rules.publication import PUBLISH, Standing
from shared import ids, outbox
from shared.messages import Event, EventType
from shared.problems import NotFound

_SALT_LENGTH: Final = 16
_revisions: Final = Revision.__table__


class Desk:
    """An organisation's entries while its row is held: one writer of several at a time."""

    def __init__(
        self,
        ctx: Context,
        session: Session,
        *,
        organisation_id: str,
        organisation_code: str | None = None,
        client_id: str | None = None,
    ) -> None:
        """Begin; whoever writes contents says by which code the organisation's system called, and which client it was."""
        self.organisation_id = organisation_id
        # After the wait for the row: whatever was committed before is in the past.
        self.at: datetime = ctx.clock.now()
        self._ctx = ctx
        self._session = session
        self._organisation_code = organisation_code
        self._client_id = client_id
        self._releases: dict[str, datetime | None] = {}
        self._session_days: dict[str, date | None] = {}
        self._earlier: list[dict[str, Any]] = []
        self._to_sign: dict[str, Entry] = {}
        # Of entries that were revised: whether parents saw what was revised.
        self._revised: dict[str, bool] = {}
        self._told: list[tuple[Entry, EventType, dict[str, datetime]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # What a look has found to be told is told even where nothing else changes.
        if kind is None:
            self._save()

    def hold(self, kind: str, source_ids: Collection[str]) -> dict[str, Entry]:
        """Return those of these entries that there are, by their ids at school, until the commit."""
        found = queries.hold_entries(
            self._session, organisation_id=self.organisation_id, kind=kind, source_ids=source_ids
        )
        for each in found:
            self.take(each)
        return {each.source_id: each for each in found}

    def get(self, kind: str, source_id: str) -> Entry:
        """Return one of these entries, until the commit.

        Raises:
            NotFound: the organisation has no such entry.
        """
        found = self.hold(kind, [source_id])
        if source_id not in found:
            raise NotFound
        return found[source_id]

    def take(self, entry: Entry) -> None:
        """Tell what the clock has let out, or what was taken back, since somebody last looked."""
        if entry.told_at is not None and (entry.available_at is None or entry.available_at > entry.told_at):
            entry.told_at = None
            self._told.append((entry, events.RECORD_WITHDRAWN, {"withdrawn_at": self.at}))
        if entry.told_at is None and self._is_visible(entry):
            assert entry.available_at is not None
            self._note_told(entry)
            self._told.append((entry, events.RECORD_PUBLISHED, {"available_at": entry.available_at}))

    def begin(self, kind: str, *, source_id: str, audience: str, content: str, **said: Any) -> Entry:
        """Return a new entry; `said` are its other columns."""
        entry = Entry(
            id=ids.new(),
            organisation_id=self.organisation_id,
            kind=kind,
            source_id=source_id,
            audience=audience,
            content=content,
            digest=_digest(content),
            revision=1,
            recorded_at=self.at,
            changed_at=self.at,
            client_id=self._client_id,
            salt=os.urandom(_SALT_LENGTH),
            told_at=None,
            first_told_at=None,
            **said,
        )
        self._session.add(entry)
        self._to_sign[entry.id] = entry
        return entry

    def revise(self, entry: Entry, **said: Any) -> None:
        """Have an entry say something else, or have another document; what it said stays as a revision."""
        self._earlier.append(
            {
                "entry_id": entry.id,
                "revision": entry.revision,
                "organisation_id": entry.organisation_id,
                "content": entry.content,
                "digest": entry.digest,
                "changed_at": entry.changed_at,
                "client_id": entry.client_id,
                "replaced_at": self.at,
                "document_digest": entry.document_digest,
                "document_size": entry.document_size,
                "document_name": entry.document_name,
            }
        )
        for name, value in said.items():
            setattr(entry, name, value)
        entry.digest = _digest(entry.content)
        entry.revision += 1
        entry.changed_at = self.at
        entry.client_id = self._client_id
        if entry.first_told_at is not None:
            entry.corrected_at = self.at
        self._to_sign[entry.id] = entry
        self._revised[entry.id] = entry.told_at is not None

    def settle(self, entry: Entry) -> None:
        """Compute where an entry stands, and tell what that changes for its parents."""
        if entry.exam_on is not None:
            entry.not_before = ministerial.not_before(
                exam_on=entry.exam_on,
                released_on=self._session_day(entry.release or ""),
                delay=self._ctx.settings.ministerial_delay,
            )
        has_release = entry.release is not None and entry.kind != kinds.MINISTERIAL_RESULT
        found = publication.standing(
            decision=entry.decision,
            shown_from=entry.shown_from,
            has_release=has_release,
            release_at=self._release_at(entry.release) if has_release and entry.release is not None else None,
            not_before=entry.not_before,
        )
        entry.state, entry.available_at = found.state, found.available_at
        if entry.told_at is not None and publication.is_visible(found, at=self.at):
            # Seen before and seen still, whatever the moment that it is seen from by its words of now.
            self._note_told(entry)
        self.take(entry)
        if self._revised.pop(entry.id, False) and entry.told_at is not None:
            self._told.append((entry, events.RECORD_CORRECTED, {"corrected_at": self.at}))

    def shown_from(self, entry: Entry, asked: datetime | None) -> datetime:
        """Return from when an entry's own word shows it, when it is asked to be published now."""
        since = entry.shown_from if entry.decision == PUBLISH else None
        return publication.from_when(asked=asked, at=self.at, shown_since=since)

    def _save(self) -> None:
        """Sign what is said anew, write everything, and tell what is to be told."""
        self._sign()
        self._session.flush()
        if self._earlier:
            self._session.execute(insert(_revisions), self._earlier)
        outbox.add_all(self._session, self._events(), at=self.at)

    def _note_told(self, entry: Entry) -> None:
        # The clocks of two machines may differ by a little.
        entry.told_at = max(self.at, entry.first_told_at or self.at)
        entry.first_told_at = entry.first_told_at or entry.told_at

    def _is_visible(self, entry: Entry) -> bool:
        return publication.is_visible(Standing(entry.state, entry.available_at), at=self.at)

    def _release_at(self, code: str) -> datetime | None:
        if code not in self._releases:
            found = queries.find_releases(self._session, organisation_id=self.organisation_id, codes=[code])
            self._releases[code] = found[code].available_at if code in found else None
        return self._releases[code]

    def _session_day(self, name: str) -> date | None:
        if name not in self._session_days:
            found = queries.find_session_days(self._session, organisation_id=self.organisation_id, sessions=[name])
            self._session_days[name] = found.get(name)
        return self._session_days[name]

    def _sign(self) -> None:
        if not self._to_sign:
            return
        said = [
            signatures.Said(
                id=each.id,
                kind=each.kind,
                organisation_code=self._organisation_code or "",
                revision=each.revision,
                salt=each.salt or b"",
                content=each.content,
                document_digest=each.document_digest,
            )
            for each in self._to_sign.values()
        ]
        for entry_id, signature in signing.sign(self._ctx, self._session, entries=said, at=self.at).items():
            self._to_sign[entry_id].signature = signature

    def _events(self) -> list[Event]:
        students = {each: audiences.source_id(each) or "" for each in {entry.audience for entry, _, _ in self._told}}
        held = queries.child_ids(
            self._session,
            organisation_id=self.organisation_id,
            student_source_ids=[name for each, name in students.items() if audiences.scope(each) == audiences.STUDENT],
        )
        return [
            Record(
                record_id=entry.id,
                organisation_id=entry.organisation_id,
                kind=entry.kind,
                school_year=entry.school_year,
                child_id=(
                    held.get(students[entry.audience]) if audiences.scope(entry.audience) == audiences.STUDENT else None
                ),
            ).told(type_, **moments)
            for entry, type_, moments in self._told
        ]


def of_system(ctx: Context, session: Session, *, organisation_code: str | None, client_id: str | None) -> Desk:
    """Return the desk of the organisation whose system asks.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    organisation_id = queries.hold_organisation(session, organisation_code)
    return Desk(ctx, session, organisation_id=organisation_id, organisation_code=organisation_code, client_id=client_id)


def _digest(content: str) -> bytes:
    return hashlib.sha256(content.encode()).digest()
