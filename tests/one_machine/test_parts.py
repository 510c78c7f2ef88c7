from pathlib import Path

import pytest

from one_machine import parts, places, supervision
from one_machine.config import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=str(tmp_path / "home"), port=places.free_port())


def test_draw_gives_every_service_its_own_keys_and_database(settings: Settings) -> None:
    plan = parts.draw(settings, {})
    identity, enrollment = plan.environments["identity"], plan.environments["enrollment"]
    assert identity["IDENTITY_DATABASE_URL"] != enrollment["ENROLLMENT_DATABASE_URL"]
    assert not {value for name, value in identity.items() if name.endswith("_KEYS")} & {
        value for name, value in enrollment.items() if name.endswith("_KEYS")
    }
    assert plan.environments["gateway"]["GATEWAY_PASSPORT_KEYS_IDENTITY"] == identity["IDENTITY_PASSPORT_KEYS"]


def test_draw_gives_a_subscriber_one_pseudonym_of_a_child_in_every_service(settings: Settings) -> None:
    environments = parts.draw(settings, {}).environments
    keys = {environments[name][f"{name.upper()}_PSEUDONYM_KEYS"] for name in ("enrollment", "attendance", "records")}
    assert len(keys) == 1


def test_draw_lets_the_operators_environment_win(settings: Settings) -> None:
    plan = parts.draw(
        settings, {"IDENTITY_DATABASE_URL": "postgresql+psycopg://x/y", "PUBLIC_URL": "https://p.example"}
    )
    assert plan.environments["identity"]["IDENTITY_DATABASE_URL"] == "postgresql+psycopg://x/y"
    assert plan.public_url == "https://p.example"


def test_draw_gives_all_services_one_event_log_unless_they_are_told_otherwise(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path), port=places.free_port(), broker_url="kafka://127.0.0.1:9092?replication=1")
    plan = parts.draw(settings, {})
    apart = parts.draw(settings, {"IDENTITY_BROKER_URL": "kafka://other:9092"})
    alone = parts.draw(Settings(home=str(tmp_path), port=places.free_port()), {})
    assert plan.broker_urls == {"kafka://127.0.0.1:9092?replication=1"}
    assert apart.broker_urls == {"kafka://127.0.0.1:9092?replication=1", "kafka://other:9092"}
    assert alone.broker_urls == {f"embedded://{tmp_path / 'events' / 'log.db'}"}


def test_settings_never_show_the_address_of_the_event_log(tmp_path: Path) -> None:
    assert "hidden" not in repr(Settings(home=str(tmp_path), broker_url="kafka://user:hidden@127.0.0.1:9092"))


def test_draw_starts_every_process_that_a_service_has(settings: Settings) -> None:
    assert {part.name for part in parts.draw(settings, {}).parts} == {
        "mail-catcher",
        "gateway",
        "portal",
        *(f"identity-{command}" for command in ("serve", "relay", "sweep", "notify", "consume")),
        *(
            f"enrollment-{command}"
            for command in ("serve", "relay", "sweep", "notify", "consume", "judge-claims", "export")
        ),
        *(f"attendance-{command}" for command in ("serve", "relay", "sweep", "consume", "export")),
        *(f"records-{command}" for command in ("serve", "relay", "sweep", "notify", "consume", "export")),
    }


def test_draw_starts_no_catcher_beside_an_own_smtp_server(tmp_path: Path) -> None:
    plan = parts.draw(Settings(home=str(tmp_path), port=places.free_port(), smtp_url="smtp://127.0.0.1:25"), {})
    assert "mail-catcher" not in {part.name for part in plan.parts}
    assert plan.environments["identity"]["IDENTITY_SMTP_URL"] == "smtp://127.0.0.1:25"
    assert plan.environments["enrollment"]["ENROLLMENT_SMTP_URL"] == "smtp://127.0.0.1:25"
    assert plan.environments["records"]["RECORDS_SMTP_URL"] == "smtp://127.0.0.1:25"
    assert plan.mail_url is None


def test_write_configuration_keeps_secrets_to_their_owner_and_percent_signs_whole(settings: Settings) -> None:
    plan = parts.draw(settings, {"IDENTITY_SMTP_URL": "smtp://user:p%40ss@127.0.0.1:25"})
    path = supervision.write_configuration(plan)
    assert path.stat().st_mode & 0o077 == 0
    assert "p%%40ss" in path.read_text()
    assert path.read_text().count("[program:") == len(plan.parts)
