"""Attendance's settings, out of the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from shared import env
from shared.env import setting

PREFIX = "ATTENDANCE"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that an operator can turn; what a school decides for itself stands in the database (`/school/v1`)."""

    database_url: str = setting("The database: sqlite:///… or postgresql+psycopg://…", is_secret=True)
    broker_url: str = setting("The event log: embedded:///… or kafka://…", is_secret=True)
    passport_keys: tuple[str, ...] = setting("Keys of the passports that the gateway signs for us.", is_key_ring=True)
    seal_keys: tuple[str, ...] = setting(
        "Keys that explanations and kept answers are sealed under; newest last.", is_key_ring=True
    )
    pseudonym_keys: tuple[str, ...] = setting(
        "Keys that subscribers' pseudonyms are derived from, the same in every service that exports; newest last.",
        is_key_ring=True,
    )
    host: str = setting("Address to listen on.", default="127.0.0.1")
    port: int = setting("Port to listen on.", default=8083)
    workers: int = setting("Processes that answer requests.", default=1)
    threads: int = setting("Threads, and database connections, of each process.", default=4)
    logs_as_json: bool = setting("1: JSON lines; 0: text for a terminal.", default=False)

    longest_notice: timedelta = setting(
        "Seconds from the first day of a notice to its last (60 days).", default=timedelta(days=60)
    )
    farthest_notice: timedelta = setting(
        "Seconds from today to the last day of a notice (400 days).", default=timedelta(days=400)
    )

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Return the settings.

        Raises:
            SettingsError: variables are missing or wrong, or one key serves two purposes (KEY-3); all are named.
        """
        settings = env.load(cls, env.environment("attendance") if environment is None else environment, prefix=PREFIX)
        rings = {"PASSPORT": settings.passport_keys, "SEAL": settings.seal_keys, "PSEUDONYM": settings.pseudonym_keys}
        keys = [key for ring in rings.values() for key in set(ring)]
        if len(set(keys)) < len(keys):
            names = ", ".join(f"{PREFIX}_{name}_KEYS" for name in rings)
            raise env.SettingsError([f"{names}: the same key stands in two of them"])
        return settings
