"""What operators type: the scripts make what the services take."""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.checks import rendering
from deploy.checks.code import parts
from deploy.checks.lint import network
from deploy.checks.lint.references import expected_secrets
from deploy.checks.objects import Objects
from deploy.checks.rendering import KUBERNETES, ROOT

SCRIPTS = KUBERNETES / "examples" / "plain-kubectl"
PARTS = parts.everyone()
SERVICES = [name.upper() for name in parts.services()]


def run(
    script: Path, *arguments: str, before: Path = Path("/nowhere"), **environment: str
) -> subprocess.CompletedProcess[str]:
    path = f"{before}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", script, *arguments],
        env={"PATH": path, "HOME": "/nowhere", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    authority = tmp_path_factory.mktemp("authorities") / "authority.crt"
    authority.write_text("-----BEGIN CERTIFICATE-----")
    passwords = {
        f"{name}_{service}{role}": "s3cret"
        for service in SERVICES
        for name, role in (("PASSWORD", "_APP"), ("PASSWORD", "_OWNER"), ("KAFKA", ""))
    }
    addresses = {
        "POSTGRES": "db:5432",
        "KAFKA": "kafka:9093",
        "SMTP_URL": "smtp+starttls://u:p@mail:587",
        "KAFKA_KEDA": "k",
    }
    keys = {"DOCUMENTS_ACCESS_KEY": "a", "DOCUMENTS_SECRET_KEY": "s"}
    return {**passwords, **addresses, **keys, "POSTGRES_AUTHORITY": str(authority), "KAFKA_AUTHORITY": str(authority)}


@pytest.fixture(scope="module")
def secrets(given: dict[str, str]) -> dict[str, dict[str, str]]:
    done = run(SCRIPTS / "make-secrets.sh", "vitrail", "--dry-run", **given)
    assert (done.returncode, done.stderr) == (0, "")
    documents: list[dict[str, Any]] = [each for each in yaml.safe_load_all(done.stdout) if each]
    return {each["metadata"]["name"]: each["data"] for each in documents}


def test_make_secrets_makes_what_the_manifests_expect(secrets: dict[str, dict[str, str]]) -> None:
    beyond = {"identity-social-providers", "gateway-limits"}
    expected = {name: set(files) for name, files in expected_secrets().items() if name not in beyond}
    assert {name: set(files) for name, files in secrets.items()} == expected


def test_make_secrets_says_what_is_missing() -> None:
    done = run(SCRIPTS / "make-secrets.sh", "vitrail", "--dry-run")
    assert done.returncode == 2
    assert "POSTGRES is not set" in done.stderr


def decoded(secrets: dict[str, dict[str, str]], part: str) -> dict[str, str]:
    names = [f"{part}-keys", f"{part}-database"]
    files = [pair for name in names for pair in secrets.get(name, {}).items()]
    return {name: base64.b64decode(text).decode() for name, text in files}


@pytest.mark.parametrize("part", PARTS)
def test_each_part_takes_the_secrets_that_were_made(secrets: dict[str, dict[str, str]], part: str) -> None:
    open_ones = {
        "PUBLIC_URL": "https://portail.test",
        "RECORDS_DOCUMENTS_URL": "s3://documents/records?region=ca",
        "PORTAL_API_URL": "http://gateway:8080",
        "GATEWAY_PORTAL_URL": "http://portal:8080",
    }
    assert parts.mistakes(part, decoded(secrets, part) | open_ones) == []


def test_the_gateway_holds_the_passport_keys_of_each_service(secrets: dict[str, dict[str, str]]) -> None:
    held = decoded(secrets, "gateway")
    theirs = {name: decoded(secrets, name)[f"{name.upper()}_PASSPORT_KEYS"] for name in parts.services()}
    assert {name: held[f"GATEWAY_PASSPORT_KEYS_{name.upper()}"] for name in theirs} == theirs
    assert len(set(theirs.values())) == len(theirs)


@pytest.fixture
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "local" / "compose.yaml").read_text("utf-8"))
    return document


@pytest.mark.parametrize("part", PARTS)
def test_compose_gives_each_part_its_settings(compose: dict[str, Any], tmp_path: Path, part: str) -> None:
    script = tmp_path / "make-keys.sh"
    script.write_text((ROOT / "deploy" / "local" / "make-keys.sh").read_text("utf-8"))
    assert run(script).returncode == 0
    keys = dict(line.split("=", 1) for line in (tmp_path / "keys.env").read_text("utf-8").splitlines())
    given = keys | compose["services"][part]["environment"]
    assert parts.mistakes(part, given) == []
    assert (tmp_path / "keys.env").stat().st_mode & 0o077 == 0
    assert run(script).returncode == 1


def test_compose_says_nothing_that_nobody_reads(compose: dict[str, Any]) -> None:
    declared = {variable.name for part in PARTS for variable in parts.settings(part)}
    ours = [each for each in compose["services"].values() if each["image"] == "vitrail:dev"]
    assert {name for each in ours for name in each["environment"]} - declared == set()


def test_compose_runs_every_process_by_commands_that_there_are(compose: dict[str, Any]) -> None:
    ours = {name: each["command"] for name, each in compose["services"].items() if each["image"] == "vitrail:dev"}
    for module, *words in ours.values():
        assert parts.group(module.removeprefix("services.")).get_command(None, words[0]) is not None  # type: ignore[arg-type]
    wanted = {f"{part}-{process}" for part in parts.services() for process in (*parts.processes(part), "sweep")}
    assert wanted - set(ours) == set()


@pytest.fixture
def cluster(tmp_path: Path, rendered: Callable[[str], Objects]) -> Path:
    """A folder whose `kubectl` knows enrollment's relay, keeps what it is told to create, and ends each command with 3."""
    relay = rendered("overlays/production").get("Deployment", "enrollment-relay")
    assert relay is not None
    (tmp_path / "relay.json").write_text(json.dumps(relay.fields))
    program = tmp_path / "kubectl"
    program.write_text(
        f"""#!/bin/sh
case "$*" in
*exitCode*) echo 3 ;;
*phase*) echo Running ;;
*" get "*) cat {tmp_path}/relay.json ;;
*" create "*) cat >{tmp_path}/created.json && echo pod/created ;;
*" logs "*) echo what the command says ;;
esac
"""
    )
    program.chmod(0o755)
    return tmp_path


def test_command_runs_a_pod_of_the_release_with_what_was_typed(cluster: Path) -> None:
    done = run(SCRIPTS / "command.sh", "enrollment", "subscribers", "list", before=cluster)
    assert done.stderr == ""
    pod = json.loads((cluster / "created.json").read_text("utf-8"))
    container = pod["spec"]["containers"][0]
    assert container["args"] == ["services.enrollment", "subscribers", "list"]
    assert "livenessProbe" not in container
    assert pod["spec"]["restartPolicy"] == "Never"


def test_command_says_what_was_said_in_the_pod_and_ends_as_it_did(cluster: Path) -> None:
    done = run(SCRIPTS / "command.sh", "enrollment", "examine", before=cluster)
    assert (done.returncode, done.stdout) == (3, "what the command says\n")


def test_command_puts_a_secret_of_the_operator_over_the_services_own(cluster: Path) -> None:
    run(SCRIPTS / "command.sh", "enrollment", "examine", before=cluster, SECRET="enrollment-drill")
    volumes = json.loads((cluster / "created.json").read_text("utf-8"))["spec"]["volumes"]
    sources = next(each for each in volumes if each["name"] == "secrets")["projected"]["sources"]
    assert [each["secret"]["name"] for each in sources] == [
        "enrollment-keys",
        "enrollment-database",
        "enrollment-drill",
    ]


def test_the_pod_of_a_command_reaches_the_event_log(cluster: Path, rendered: Callable[[str], Objects]) -> None:
    run(SCRIPTS / "command.sh", "enrollment", "subscribers", "list", before=cluster)
    labels = json.loads((cluster / "created.json").read_text("utf-8"))["metadata"]["labels"]
    policies = network.Policies(rendered("overlays/production"))
    assert policies.lets(network.Peer("operator", labels), network.KAFKA, 9093, outwards=True)
    assert policies.lets(network.Peer("operator", labels), network.POSTGRES, 5432, outwards=True)


SELECTED = re.compile(
    r"(?P<key>!?[a-z./]+)(?:(?P<how>!?=)(?P<value>[a-z]+)| (?P<among>in|notin) \((?P<values>[a-z,]+)\))?"
)


def is_selected(selector: str, labels: Mapping[str, str]) -> bool:
    """Tell whether kubectl's own `--selector` takes these labels (labels.Parse of its library)."""
    terms = list(SELECTED.finditer(selector))
    assert ",".join(each.group() for each in terms) == selector
    tests: dict[str | None, Callable[[re.Match[str], str | None], bool]] = {
        "=": lambda term, label: label == term["value"],
        "!=": lambda term, label: label != term["value"],
        "in": lambda term, label: label in term["values"].split(","),
        "notin": lambda term, label: label not in term["values"].split(","),
        None: lambda term, label: (label is None) is term["key"].startswith("!"),
    }
    return all(tests[term["how"] or term["among"]](term, labels.get(term["key"].removeprefix("!"))) for term in terms)


@pytest.fixture
def empty_cluster(tmp_path: Path) -> Path:
    """A folder whose `kubectl` renders as the real one does, keeps what it is told, and has a job that failed if so told."""
    program = tmp_path / "kubectl"
    program.write_text(
        f"""#!/bin/sh
case "$*" in
kustomize*) exec {rendering.kubectl()} "$@" ;;
*) echo "$*" >>{tmp_path}/told ;;
esac
case "$*" in
*" wait job "*) exit ${{MIGRATIONS_FAIL:-0}} ;;
*" get job "*) echo "identity-migrate= records-migrate=True" ;;
*" get deployment "*notin*) echo deployment/identity ;;
*" get deployment "*) echo deployment/gateway ;;
esac
"""
    )
    program.chmod(0o755)
    return tmp_path


def deployed(cluster: Path, *, of: Path = KUBERNETES / "overlays" / "dev", **environment: str) -> tuple[int, list[str]]:
    # From a folder without the project's environment: the overlay of the tests still has placeholders.
    done = subprocess.run(
        ["bash", SCRIPTS / "deploy.sh", of],
        cwd=cluster,
        env={"PATH": f"{cluster}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = (cluster / "told").read_text("utf-8").splitlines()
    return done.returncode, [line.removeprefix("--namespace vitrail ") for line in lines]


def applied(told: list[str]) -> list[str]:
    return [line.partition("--selector ")[2] for line in told if line.startswith("apply ")]


def test_deploy_waits_for_each_step_before_the_next(empty_cluster: Path) -> None:
    status, told = deployed(empty_cluster)
    assert status == 0
    verbs = [" ".join(line.split()[:2]).partition(" --")[0] for line in told]
    assert verbs == [
        "apply",
        "delete job",
        "apply",
        "wait job",
        *("apply", "get deployment", "rollout status"),
        *("apply", "get deployment", "rollout status"),
    ]


def test_deploy_applies_everything_once_and_doors_last(empty_cluster: Path, rendered: Callable[[str], Objects]) -> None:
    _, told = deployed(empty_cluster)
    steps = applied(told)
    objects = list(rendered("overlays/production"))
    taken = {
        str(each): [number for number, step in enumerate(steps) if is_selected(step, each.labels)] for each in objects
    }
    assert {name: steps for name, steps in taken.items() if len(steps) != 1} == {}
    kinds = {number: {each.kind for each in objects if taken[str(each)] == [number]} for number in range(4)}
    assert kinds[0] >= {"ConfigMap", "ServiceAccount", "NetworkPolicy", "ExternalSecret", "Service"}
    assert kinds[0] & {"Deployment", "Job", "CronJob"} == set()
    assert (kinds[1], kinds[2]) == ({"Job"}, {"Deployment", "CronJob"})
    assert {name for name, step in taken.items() if step == [3]} == {"Deployment/gateway", "Deployment/portal"}


def test_deploy_stops_where_a_migration_fails(empty_cluster: Path) -> None:
    status, told = deployed(empty_cluster, MIGRATIONS_FAIL="1")
    assert status == 1
    assert len(applied(told)) == 2
    assert not [line for line in told if line.startswith("rollout")]
