"""The caught letters: one `.eml` file each, newest kept, readable by any mail program."""

import email
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from pathlib import Path

from shared import ids
from shared.clock import Clock

MOST_LETTERS = 500
# As much of a letter's text as stays in memory: enough for every letter that people read.
_LONGEST_TEXT = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class CaughtLetter:
    """A letter as it was handed over; `text` is its plain-text part, cut when it is very long."""

    id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    received_at: datetime
    text: str = field(repr=False)


class LetterBox:
    """A folder of letters; what is in it when the catcher starts is still there."""

    def __init__(self, folder: Path, *, clock: Clock, most: int = MOST_LETTERS) -> None:
        """Open the folder, making it when it is missing.

        Raises:
            OSError: it cannot be made or read.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        # Ids sort by the moment they were made, so the order of names is the order of arrival.
        self._letters = {path.stem: _letter(path) for path in sorted(folder.glob("*.eml"))}
        self._forget_oldest()

    def keep(self, content: bytes, *, sender: str, recipients: Sequence[str]) -> CaughtLetter:
        """Write a letter down and return it; the oldest goes when there are too many.

        Raises:
            OSError: it cannot be written; nothing is left behind.
        """
        letter_id = ids.new()
        path = self._folder / f"{letter_id}.eml"
        unfinished = path.with_suffix(".part")
        envelope = [f"X-Received-At: {self._clock.now().isoformat()}", f"Return-Path: <{sender}>"]
        envelope += [f"Delivered-To: {recipient}" for recipient in recipients]
        head = "".join(f"{line}\r\n" for line in envelope).encode("utf-8", "surrogateescape")
        with self._lock:
            try:
                unfinished.write_bytes(head + content)
                unfinished.replace(path)
            except OSError:
                unfinished.unlink(missing_ok=True)
                raise
            self._letters[letter_id] = _letter(path)
            self._forget_oldest()
            return self._letters[letter_id]

    def list_letters(self, *, to: str | None = None) -> list[CaughtLetter]:
        """Return the letters (to one address), newest first."""
        with self._lock:
            newest_first = reversed(list(self._letters.values()))
        return [letter for letter in newest_first if to is None or to in letter.recipients]

    def find_letter(self, letter_id: str) -> CaughtLetter | None:
        """Return a letter, or None when there is none, or no longer."""
        with self._lock:
            return self._letters.get(letter_id)

    def source(self, letter: CaughtLetter) -> bytes:
        """Return the letter as its file holds it.

        Raises:
            FileNotFoundError: it has been forgotten meanwhile.
        """
        return (self._folder / f"{letter.id}.eml").read_bytes()

    def html(self, letter: CaughtLetter) -> str | None:
        """Return the letter's HTML part, or None when it has none.

        Raises:
            FileNotFoundError: it has been forgotten meanwhile.
        """
        return _part(_parse(self.source(letter)), "text/html")

    def _forget_oldest(self) -> None:
        for letter_id in list(self._letters)[: -self._most]:
            del self._letters[letter_id]
            (self._folder / f"{letter_id}.eml").unlink(missing_ok=True)


def _letter(path: Path) -> CaughtLetter:
    message = _parse(path.read_bytes())
    return CaughtLetter(
        id=path.stem,
        sender=_header(message, "Return-Path").strip("<>"),
        recipients=tuple(str(each) for each in message.get_all("Delivered-To", [])),
        subject=_header(message, "Subject"),
        received_at=_received_at(message, path),
        text=(_part(message, "text/plain") or "")[:_LONGEST_TEXT],
    )


def _parse(content: bytes) -> "Message[str, str]":
    try:
        return email.message_from_bytes(content)
    except RecursionError:
        # Parts within parts within parts: somebody is playing. The envelope is still worth showing.
        head, _, _ = content.partition(b"\r\n\r\n")
        return email.message_from_bytes(head, _class=Message)


def _received_at(message: "Message[str, str]", path: Path) -> datetime:
    try:
        moment = datetime.fromisoformat(_header(message, "X-Received-At"))
    except ValueError:
        # A letter that somebody put into the folder by hand.
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _header(message: "Message[str, str]", name: str) -> str:
    """Return a header as people read it, whatever its encoding."""
    folded = str(message.get(name, ""))
    try:
        parts = decode_header(folded)
    except (HeaderParseError, ValueError):
        parts = [(folded, None)]
    text = "".join(part if isinstance(part, str) else _decoded(part, charset) for part, charset in parts)
    return " ".join(text.encode("utf-8", "replace").decode().split())


def _part(message: "Message[str, str]", kind: str) -> str | None:
    for part in _leaves(message):
        if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return _decoded(payload, part.get_content_charset()).replace("\r\n", "\n")
    return None


def _leaves(message: "Message[str, str]") -> Iterator["Message[str, str]"]:
    """Yield the parts that hold no other parts, in order; without recursion, for the parts may be nested by malice."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload()
        if isinstance(inner, list):
            waiting += [each for each in reversed(inner) if isinstance(each, Message)]
        else:
            yield part


def _decoded(content: bytes, charset: str | None) -> str:
    try:
        return content.decode(charset or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")
