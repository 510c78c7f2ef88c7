import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ORGS = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
USERS_1_1 = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password,metadata.principalGuardian,metadata.guardianRights\n"
)
BIRTHS = "sourcedId,status,dateLastModified,birthDate\n"


@pytest.fixture
def write_registry(tmp_path: Path) -> Callable[..., Path]:
    """Write files (name → text or bytes) to a folder and return it; None leaves a file of the default set out."""

    def write(files: dict[str, str | bytes | None] | None = None, *, folder: str = "registry") -> Path:
        defaults: dict[str, str | bytes | None] = {
            "manifest.csv": "propertyName,value\noneroster.version,1.1\n",
            "orgs.csv": ORGS
            + "712000,,,CSS des Phares,district,712000,\n712001,,,École du Mistral,school,712001,712000\n",
            "users.csv": USERS_1_1,
            "demographics.csv": BIRTHS,
        }
        path = tmp_path / folder
        path.mkdir()
        for name, content in (defaults | (files or {})).items():
            if content is not None:
                (path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """Pack files (name → text or bytes) into a zip and return it."""

    def pack_files(files: dict[str, str | bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> Path:
        path = tmp_path / "registry.zip"
        with zipfile.ZipFile(path, "w", compression) as packed:
            for name, content in files.items():
                packed.writestr(name, content)
        return path

    return pack_files
