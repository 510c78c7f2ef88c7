import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from one_machine import demonstration, places
from tests.support.smtp import SmtpServer
from tests.support.system import ROOT, Parent, System


def run_in_vain(home: Path, port: int, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "one_machine"],
        cwd=ROOT,
        env=os.environ | {"VITRAIL_HOME": str(home), "VITRAIL_PORT": str(port)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    return done.stdout


def imported(home: Path) -> dict[str, int]:
    """When each import of the demonstration was last run."""
    return {log.name: log.stat().st_mtime_ns for log in (home / "logs").glob("registry-*.log")}


def test_run_shows_a_child_that_can_be_claimed_and_keeps_everything(home: Path) -> None:
    with SmtpServer() as mail:
        with System(home, mail=mail) as first, Parent(first, demonstration.PARENT_EMAIL) as parent:
            parent.sign_up()
            [eloise, nathan, _] = demonstration.family(home) or []
            answers = [
                parent.claim(
                    organisation_id=parent.organisation(child.organisation),
                    last_name=child.last_name,
                    first_name=child.first_name,
                    birth_date=child.birth_date,
                    identifier=identifier,
                )
                for child, identifier in ((eloise, eloise.file_number), (nathan, nathan.permanent_code))
            ]
            shown = first.output
        imports = imported(home)
        with System(home, mail=mail) as second, Parent(second, demonstration.PARENT_EMAIL) as parent:
            parent.sign_in()
            children = parent.get("/children").json()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert {child["first_name"] for child in children} == {"Éloïse", "Nathan"}
    assert eloise.file_number in shown
    assert "lacks some records" not in shown
    assert "/api/docs" in shown
    assert len(imports) > 0
    assert imported(home) == imports


@pytest.mark.requirement("ID-09", "COD-4", "ID-26")
def test_run_honors_the_settings_of_its_parts(home: Path) -> None:
    settings = {"VITRAIL_DEMO": "0", "IDENTITY_CODE_LIFETIME": "1", "IDENTITY_REFUSED_LOCAL_PART": ""}
    with (
        SmtpServer() as mail,
        System(home, mail=mail, settings=settings) as system,
        Parent(system, "jean_p+ecole@example.org") as parent,
    ):
        challenge = parent.ask_code()
        states = iter(lambda: parent.get(f"/verification-codes/{challenge.id}").json()["state"], "expired")
        last_seen = [*states][-1:]
        refused = parent.verify(challenge, parent.code())
    assert last_seen in ([], ["pending"])
    assert (refused.status_code, refused.json()["code"]) == (410, "code_expired")


def test_run_without_demonstration_has_the_boards_and_no_school_registry(home: Path) -> None:
    with System(home, settings={"VITRAIL_DEMO": "0"}) as system:
        answer = httpx.get(f"{system.url}/api/v1/organisations", params={"page_size": 100})
        mail_page = httpx.get(system.addresses()["mail"])
    assert len(answer.json()) == 72
    assert not any(each["is_subscribed"] for each in answer.json())
    assert mail_page.status_code == 200


def test_run_tells_of_a_taken_port(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        told = run_in_vain(home, taken.getsockname()[1])
    assert "déjà pris" in told
    assert "VITRAIL_PORT=" in told


def test_run_tells_every_mistake_in_its_settings(home: Path) -> None:
    told = run_in_vain(home, 8080, VITRAIL_PORT="eighty", VITRAIL_DEMO="perhaps")
    assert "VITRAIL_PORT" in told
    assert "VITRAIL_DEMO" in told


def test_run_shows_the_log_of_a_part_that_cannot_start(home: Path) -> None:
    told = run_in_vain(home, places.free_port(), IDENTITY_PASSWORD_POLICY="nonsense")
    assert "identity" in told
    assert "IDENTITY_PASSWORD_POLICY" in told


@pytest.mark.skipif(sys.platform != "linux", reason="a killed parent is told to its children by Linux alone")
def test_killing_the_run_leaves_no_part_behind(home: Path) -> None:
    system = System(home, settings={"VITRAIL_DEMO": "0"})
    system.start()
    relay = system.pid_of("identity-relay")
    os.kill(system.addresses()["pid"], signal.SIGKILL)
    system.wait()
    assert relay is not None
    assert system.wait_until_gone()
    places.require_port("127.0.0.1", system.port)
