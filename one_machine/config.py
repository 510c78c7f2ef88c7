"""What `make run` reads from the environment (api.md, Settings)."""

import os
from dataclasses import dataclass
from pathlib import Path

from shared import env


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the one-machine set-up runs."""

    home: str = env.setting("Folder that holds all state: databases, event log, mail, logs, secrets.", default="var")
    host: str = env.setting("Address that the gateway listens on.", default="127.0.0.1")
    port: int = env.setting("Port that the gateway listens on.", default=8080)
    broker_url: str = env.setting(
        "The event log of all services: kafka://… (make kafka-up); without it, an embedded one in the state folder.",
        default="",
        is_secret=True,
    )
    smtp_url: str = env.setting("An SMTP server of your own instead of the local catcher.", default="")
    demo: bool = env.setting("1: a demonstration registry and a child to claim; 0: none.", default=True)

    @classmethod
    def from_env(cls) -> "Settings":
        """Return the settings of this environment.

        Raises:
            SettingsError: some are unacceptable.
        """
        return env.load(cls, os.environ, prefix="VITRAIL")

    @classmethod
    def example(cls) -> str:
        """Return the text of `deploy/env/one_machine.env.example`."""
        return env.example(cls, prefix="VITRAIL")

    @property
    def folder(self) -> Path:
        """Return the state folder as an absolute path."""
        return Path(self.home).expanduser().resolve()


def given() -> dict[str, str]:
    """Return the whole environment: what the operator set for a part wins over what `make run` would choose."""
    return dict(os.environ)
