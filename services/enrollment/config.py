"""Enrollment's settings, out of the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from shared import env
from shared.env import Networks, setting

PREFIX = "ENROLLMENT"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that an operator can turn; the limits are those of security.md, CHD-4 to CHD-7 and CHD-15."""

    database_url: str = setting("The database: sqlite:///… or postgresql+psycopg://…", is_secret=True)
    broker_url: str = setting("The event log: embedded:///… or kafka://…", is_secret=True)
    passport_keys: tuple[str, ...] = setting("Keys of the passports that the gateway signs for us.", is_key_ring=True)
    digest_keys: tuple[str, ...] = setting(
        "Keys of the digests by which permanent codes and children are found; newest last.", is_key_ring=True
    )
    seal_keys: tuple[str, ...] = setting(
        "Keys that permanent codes and kept answers are sealed under; newest last.", is_key_ring=True
    )
    pseudonym_keys: tuple[str, ...] = setting(
        "Keys that subscribers' pseudonyms are derived from, the same in every service that exports; newest last.",
        is_key_ring=True,
    )
    smtp_url: str = setting("Mail server: smtp://, smtp+starttls:// or smtps://…", is_secret=True)
    public_url: str = setting("Where people reach the portal, as letters say it.", variable="PUBLIC_URL")
    mail_sender: str = setting("Address that letters come from.", default="ne-pas-repondre@portail.example")
    portal_name: str = setting("Name of the portal, as letters show it.", default="Portail parents")
    host: str = setting("Address to listen on.", default="127.0.0.1")
    port: int = setting("Port to listen on.", default=8082)
    workers: int = setting("Processes that answer requests.", default=1)
    threads: int = setting("Threads, and database connections, of each process.", default=4)
    logs_as_json: bool = setting("1: JSON lines; 0: text for a terminal.", default=False)

    claims_per_account_hour: int = setting("Claims of one account that may fail within an hour.", default=5)
    claims_per_account_day: int = setting("Claims of one account that may fail within a day.", default=10)
    claims_per_account_month: int = setting("Claims of one account that may fail within 30 days.", default=30)
    claims_per_address_hour: int = setting("Claims from one network address that may fail within an hour.", default=20)
    claims_per_wide_address_hour: int = setting(
        "The same, from an address of the wide networks, which many people share.", default=200
    )
    claims_per_range_hour: int = setting(
        "The same, from all addresses around one (/24, or /56 of IPv6), but for the wide networks.", default=100
    )
    wide_networks: Networks = setting(
        "Networks that many people share, a school's for instance (10.0.0.0/8,…).", default=()
    )
    claims_per_child_day: int = setting(
        "Claims of one child, by accounts that are not on its file, that are looked at within a day.", default=5
    )
    claims_per_child_month: int = setting("The same, within 30 days.", default=15)
    permanent_codes_per_child: int = setting("Permanent codes tried on one child that are ever looked at.", default=10)
    claims_per_number_day: int = setting(
        "Claims with one number, by accounts that are not on its file, that are looked at within a day.", default=5
    )
    claims_per_organisation_hour: int = setting(
        "Claims at one organisation, by accounts that are not on the file, that may fail within an hour; beyond that,"
        " theirs are looked at with a PIN alone.",
        default=1000,
    )
    claims_surge_factor: int = setting(
        "How many times more claims than usual at one organisation (of the last 7 days) fail within ten minutes when it is"
        " told as a surge.",
        default=5,
    )
    claims_surge_least: int = setting(
        "Claims that must fail within ten minutes before anything is a surge.", default=30
    )
    pin_lifetime: timedelta = setting(
        "Seconds that a PIN which a school issued can be used (14 days).", default=timedelta(days=14)
    )
    pin_attempts: int = setting("Claims that one PIN may be tried with, the right one too.", default=5)
    dispute_window: timedelta = setting(
        "Seconds after a child was linked to an account that its other guardians can dispute it (30 days).",
        default=timedelta(days=30),
    )
    announcements_per_child_day: int = setting(
        "New links to one child in a day that the other mailboxes on its file are told of by letter.", default=5
    )
    most_children: int = setting("Children that one account may hold.", default=20)
    oldest_student: int = setting("Years; whoever is older cannot be claimed.", default=22)

    claims_wait: timedelta = setting(
        "Seconds that a refused claim waits for the school to correct its file (60 days).", default=timedelta(days=60)
    )
    waiting_claims_per_account: int = setting(
        "Refused claims of one account that wait; the oldest make room.", default=20
    )
    rejected_claims_kept: timedelta = setting(
        "Seconds that a refused claim can be found by its reference (90 days).", default=timedelta(days=90)
    )
    imports_at_once: int = setting(
        "Imports by call that one process carries out at once; each takes one of its threads.", default=1
    )
    rejected_lines_kept: timedelta = setting(
        "Seconds that the lines which an import left out are kept (90 days).", default=timedelta(days=90)
    )
    campaign_reminder_days: int = setting(
        "Days before the end of a re-registration campaign that whoever has not answered is reminded, unless the campaign"
        " says otherwise; 0: nobody is.",
        default=7,
    )
    campaigns_kept: timedelta = setting(
        "Seconds that a campaign is kept after its end, with its answers and whom it wrote to (two years).",
        default=timedelta(days=2 * 365),
    )
    journal_kept: timedelta = setting(
        "Seconds that the access journal is kept (five years).", default=timedelta(days=5 * 365)
    )

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Return the settings.

        Raises:
            SettingsError: variables are missing or wrong, or one key serves two purposes (KEY-3); all are named.
        """
        settings = env.load(cls, env.environment("enrollment") if environment is None else environment, prefix=PREFIX)
        rings = {
            "PASSPORT": settings.passport_keys,
            "DIGEST": settings.digest_keys,
            "SEAL": settings.seal_keys,
            "PSEUDONYM": settings.pseudonym_keys,
        }
        keys = [key for ring in rings.values() for key in set(ring)]
        if len(set(keys)) < len(keys):
            names = ", ".join(f"{PREFIX}_{name}_KEYS" for name in rings)
            raise env.SettingsError([f"{names}: the same key stands in two of them"])
        return settings
