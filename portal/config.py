"""What the portal reads from the environment."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "PORTAL"
SHORTEST_KEY = 32
SECRETS = "/run/secrets/app"
# Kubernetes keeps a link `..data` beside the files of a mounted Secret.
_NAME_OF_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class SettingsError(Exception):
    """The environment does not describe a working portal; the message lists every mistake."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("The settings are incomplete or wrong:\n" + "\n".join(f"  - {line}" for line in mistakes))
        self.mistakes = mistakes


def _setting(help: str, *, default: Any = MISSING, variable: str | None = None, is_key_ring: bool = False) -> Any:
    metadata = {"help": help, "variable": variable, "is_key_ring": is_key_ring, "is_secret": is_key_ring}
    return field(default=default, repr=not is_key_ring, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the portal runs. Built once, at start."""

    host: str = _setting("Address to listen on.", default="127.0.0.1")
    port: int = _setting("Port to listen on.", default=8085)
    public_url: str = _setting("Where people reach the portal; decides the cookies' names.", variable="PUBLIC_URL")
    api_url: str = _setting("Where the portal itself reaches the public API: the gateway.")
    cookie_keys: tuple[str, ...] = _setting(
        "Keys that seal what the portal keeps in a browser, newest last; each of at least 32 characters.",
        is_key_ring=True,
    )
    api_timeout_s: int = _setting("Seconds that an answer of the API may take.", default=15)
    threads: int = _setting("Pages that are made at a time.", default=16)
    logs_as_json: bool = _setting("1: logs as JSON lines; 0: as text for a person's terminal.", default=True)

    @property
    def is_local(self) -> bool:
        """Tell whether people reach the portal over plain HTTP on this machine, where `__Host-` cookies are refused."""
        parts = urlsplit(self.public_url)
        return parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS

    @classmethod
    def from_env(cls) -> "Settings":
        """Return the settings of this process's environment, and of the secrets that are mounted as files.

        Raises:
            SettingsError: some are missing or unacceptable.
        """
        mounted = _mounted(Path(os.environ.get("VITRAIL_SECRETS", SECRETS)), os.environ)
        return cls.load({**mounted, **os.environ})

    @classmethod
    def load(cls, environment: Mapping[str, str]) -> "Settings":
        """Return the settings that `environment` describes.

        Raises:
            SettingsError: some are missing or unacceptable; all of them are named, no value is.
        """
        values: dict[str, Any] = {}
        mistakes: list[str] = []
        for each in fields(cls):
            name = each.metadata["variable"] or f"{PREFIX}_{each.name.upper()}"
            text = environment.get(name)
            try:
                if text is not None:
                    values[each.name] = _read(text.strip(), each.type, is_key_ring=each.metadata["is_key_ring"])
                elif each.default is MISSING:
                    mistakes.append(f"{name} is missing: {each.metadata['help']}")
            except ValueError as mistake:
                mistakes.append(f"{name} {mistake}")
        if mistakes:
            raise SettingsError(mistakes)
        return cls(**values)

    @classmethod
    def example(cls) -> str:
        """Return the text of `deploy/env/portal.env.example`."""
        lines = []
        for each in fields(cls):
            name = each.metadata["variable"] or f"{PREFIX}_{each.name.upper()}"
            default = int(each.default) if isinstance(each.default, bool) else each.default
            lines += [f"# {each.metadata['help']}", f"{name}=" if each.default is MISSING else f"#{name}={default}", ""]
        return "\n".join(lines)


def _mounted(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets of a folder, one a file and named as its variable.

    Raises:
        SettingsError: some cannot be read, may be read by everybody, or are given as variables too.
    """
    found: dict[str, str] = {}
    mistakes: list[str] = []
    for file in _files(folder):
        try:
            if file.stat().st_mode & stat.S_IRWXO:
                # KEY-3: whoever else runs on the machine would have it.
                mistakes.append(f"{file.name} is a file that everybody may use; its mode must end in 0, such as 0440")
            elif file.name in given:
                mistakes.append(f"{file.name} is given twice, as a variable and as a file in {folder}")
            else:
                found[file.name] = file.read_text("utf-8")
        except OSError as fault:
            mistakes.append(f"{file.name} is a file that cannot be read ({fault.strerror})")
        except UnicodeDecodeError:
            mistakes.append(f"{file.name} is a file that is not text in UTF-8")
    if mistakes:
        raise SettingsError(mistakes)
    return found


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if _NAME_OF_VARIABLE.fullmatch(file.name))
    except FileNotFoundError:
        return []
    except OSError as fault:
        raise SettingsError([f"the folder of secrets, {folder}, cannot be read ({fault.strerror})"]) from fault


def _read(text: str, kind: Any, *, is_key_ring: bool) -> Any:
    if is_key_ring:
        keys = tuple(part.strip() for part in text.split(",") if part.strip())
        if not keys or any(len(key) < SHORTEST_KEY or len(set(key)) < 8 for key in keys):
            raise ValueError(f"holds no key, or one that is shorter than {SHORTEST_KEY} characters or too regular")
        return keys
    if kind is bool:
        if text not in {"0", "1"}:
            raise ValueError("must be 1 or 0")
        return text == "1"
    if kind is int:
        if not text.isascii() or not text.isdigit():
            raise ValueError("must be a whole number, zero or more")
        return int(text)
    return text
