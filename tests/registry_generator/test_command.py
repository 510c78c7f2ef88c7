import pytest
from click.testing import CliRunner

from registry_generator.__main__ import main
from services.enrollment.registry_files import open_registry


def _run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_command_writes_a_registry(tmp_path):
    done = _run("--organisation", "712000", "--students", 600, "--seed", 7, "--output", tmp_path / "out")

    assert (done.exit_code, done.stdout.split(":", 1)[1].split(",")[0]) == (0, " 600 students")
    with open_registry(tmp_path / "out") as registry:
        assert registry.format == "oneroster-1.1"


def test_command_writes_a_zip_in_another_format(tmp_path):
    done = _run(
        *("--organisation", "712000", "--students", 10, "--format", "sds-2.1", "--zip"),
        *("--output", tmp_path / "out.zip"),
    )

    assert done.exit_code == 0
    with open_registry(tmp_path / "out.zip") as registry:
        assert registry.format == "sds-2.1"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--organisation", "71200"), "six digits"),
        (("--organisation", "712000", "--students", "-1"), "--students"),
        (("--organisation", "712000", "--format", "oneroster-2.0"), "--format"),
        (("--organisation", "712000", "--directory", "nowhere.csv"), "nowhere.csv"),
        (("--organisation", "712000", "--shared-families", "2"), "other organisation"),
    ],
)
def test_command_refuses_in_a_sentence(tmp_path, arguments, says):
    refused = _run(*arguments, "--output", tmp_path / "out")

    assert refused.exit_code != 0
    assert says in refused.output
    assert "Traceback" not in refused.output


def test_command_refuses_to_write_over_what_is_there(tmp_path):
    arguments = ("--organisation", "712000", "--students", 3, "--output", tmp_path)
    _run(*arguments)

    refused = _run(*arguments)

    assert (refused.exit_code, "already" in refused.output) == (1, True)
    assert _run(*arguments, "--replace").exit_code == 0


def test_command_refuses_a_directory_that_is_none(tmp_path):
    (tmp_path / "dishes.csv").write_text("dish,price\npoutine,9\n", encoding="utf-8")

    refused = _run("--organisation", "712000", "--directory", tmp_path / "dishes.csv", "--output", tmp_path / "out")

    assert (refused.exit_code, "columns_unknown" in refused.output) == (1, True)
