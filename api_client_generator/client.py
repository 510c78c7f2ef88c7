"""The client of the parents' API, generated from the joined document by openapi-python-client."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import orjson

from api_client_generator.document import ROOT
from gateway.documents import referred

PACKAGE = "vitrail_client"
FOLDER = ROOT / PACKAGE
# What parents and their apps call. A school's system speaks a few calls of its own, in a language of its own.
PREFIX = "/api/v1/"
_TYPES = re.compile(r"(?m)^(from \.\.\.types import .*)\n")
_CONFIGURATION = Path(__file__).parent / "openapi_python_client.yaml"


class NotGenerated(Exception):
    """The generator could not make a client of the document; the message is what it said."""


def generate(document: bytes, folder: Path) -> None:
    """Write the client of `document` into `folder`, in place of what was there.

    Raises:
        NotGenerated: the generator refuses the document, or would leave a part of it out.
    """
    with tempfile.TemporaryDirectory() as temporary:
        source, made = Path(temporary) / "openapi.json", Path(temporary) / PACKAGE
        source.write_bytes(orjson.dumps(of_parents(orjson.loads(document))))
        command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"]
        command += ["--path", str(source), "--output-path", str(made), "--config", str(_CONFIGURATION)]
        # The formatter that it calls stands beside this Python.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        done = subprocess.run(
            command, env=os.environ | {"PATH": path}, cwd=temporary, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise NotGenerated(f"{done.stdout}\n{done.stderr}")
        _import_unset(made)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder, ignore=shutil.ignore_patterns(".*", "__pycache__"))


def _import_unset(folder: Path) -> None:
    """Import what the generator names and forgets to import, where a body is of one of several kinds."""
    for file in folder.rglob("api/*/*.py"):
        text = file.read_text("utf-8")
        if "| Unset = UNSET" in text and ", Unset\n" not in text:
            file.write_text(_TYPES.sub(r"\1, Unset\n", text, count=1), "utf-8")


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of each of a client's files, by its path."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }


def of_parents(document: dict[str, Any]) -> dict[str, Any]:
    """Return the part of the document that parents call, with the shapes that it needs."""
    paths = {path: item for path, item in document["paths"].items() if path.startswith(PREFIX)}
    return document | {"paths": paths, "components": referred(document["components"], paths)}
