"""Records' settings, out of the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from shared import env, objects
from shared.env import setting

PREFIX = "RECORDS"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that an operator can turn; what a school decides for itself stands in the database (`/school/v1`)."""

    database_url: str = setting("The database: sqlite:///… or postgresql+psycopg://…", is_secret=True)
    broker_url: str = setting("The event log: embedded:///… or kafka://…", is_secret=True)
    passport_keys: tuple[str, ...] = setting("Keys of the passports that the gateway signs for us.", is_key_ring=True)
    seal_keys: tuple[str, ...] = setting(
        "Keys that support requests, letters and kept answers are sealed under; newest last.", is_key_ring=True
    )
    pseudonym_keys: tuple[str, ...] = setting(
        "Keys that subscribers' pseudonyms are derived from, the same in every service that exports; newest last.",
        is_key_ring=True,
    )
    signing_keys: tuple[str, ...] = setting(
        "Keys that the signatures of records are derived from; the newest, last, signs.", is_key_ring=True
    )
    smtp_url: str = setting("Mail server: smtp://, smtp+starttls:// or smtps://…", is_secret=True)
    public_url: str = setting("Where people reach the portal, as letters and documents say it.", variable="PUBLIC_URL")
    documents_url: str = setting(
        "Where documents are kept: file:///… (a folder that all of its processes see) or"
        " s3://bucket/prefix?endpoint=…&region=…"
    )
    documents_access_key: str = setting(
        "Access key of that bucket; none: what the platform gives the process (AWS_… variables, workload identity).",
        default="",
        is_secret=True,
    )
    documents_secret_key: str = setting("Secret key of that bucket.", default="", is_secret=True)
    mail_sender: str = setting("Address that letters come from.", default="ne-pas-repondre@portail.example")
    portal_name: str = setting("Name of the portal, as letters show it.", default="Portail parents")
    host: str = setting("Address to listen on.", default="127.0.0.1")
    port: int = setting("Port to listen on.", default=8084)
    workers: int = setting("Processes that answer requests.", default=1)
    threads: int = setting("Threads, and database connections, of each process.", default=4)
    logs_as_json: bool = setting("1: JSON lines; 0: text for a terminal.", default=False)

    ministerial_delay: timedelta = setting(
        "Seconds from the day of a ministerial examination to the day of its results, where the organisation has not told"
        " the ministry's own day (10 days).",
        default=timedelta(days=10),
    )
    documents_made_at_once: int = setting("Documents that a process makes at once; each keeps a core busy.", default=1)
    document_patience: timedelta = setting(
        "Seconds that whoever wants a document waits for the others' to be made.", default=timedelta(seconds=5)
    )
    support_requests_per_account_hour: int = setting("Requests for help of one account within an hour.", default=5)
    support_requests_per_account_day: int = setting("Requests for help of one account within a day.", default=15)
    support_requests_kept: timedelta = setting(
        "Seconds that a request for help is kept, with its screenshot (one year).", default=timedelta(days=365)
    )

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Return the settings.

        Raises:
            SettingsError: variables are missing or wrong, one key serves two purposes (KEY-3), or no documents can be
                kept where it is said; all are named.
        """
        settings = env.load(cls, env.environment("records") if environment is None else environment, prefix=PREFIX)
        rings = {
            "PASSPORT": settings.passport_keys,
            "SEAL": settings.seal_keys,
            "PSEUDONYM": settings.pseudonym_keys,
            "SIGNING": settings.signing_keys,
        }
        keys = [key for ring in rings.values() for key in set(ring)]
        if len(set(keys)) < len(keys):
            names = ", ".join(f"{PREFIX}_{name}_KEYS" for name in rings)
            raise env.SettingsError([f"{names}: the same key stands in two of them"])
        try:
            objects.check(
                settings.documents_url,
                access_key=settings.documents_access_key,
                secret_key=settings.documents_secret_key,
            )
        except ValueError as mistake:
            raise env.SettingsError([f"{PREFIX}_DOCUMENTS_URL {mistake}"]) from None
        return settings
