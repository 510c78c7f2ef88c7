"""A certified OpenID Connect provider (npm's `oidc-provider`) as a process of its own, for whoever signs in through it."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey

FOLDER = Path(__file__).parent
_FILES = ("package.json", "package-lock.json", ".npmrc", "server.mjs")
CLIENT_ID = "vitrail-of-the-tests"
CLIENT_SECRET = "a-secret-of-the-tests-0123456789"


def installed() -> Path:
    """Return the folder with the provider and what it needs, fetched once for each lock.

    Without Node the tests that want it are skipped, but in CI, where they fail.
    """
    if shutil.which("npm") is None or shutil.which("node") is None:
        told = "the tests of social sign-in need Node 20 or later with npm"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    content = b"".join((FOLDER / name).read_bytes() for name in _FILES)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "vitrail" / "oidc-provider" / hashlib.sha256(content).hexdigest()[:16]
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            shutil.copy(FOLDER / name, folder)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=folder, check=True, timeout=300)
        (folder / "complete").touch()
    return folder


class OidcProvider:
    """One running provider, with one application registered and one person before its pages."""

    def __init__(
        self,
        *,
        redirect_uri: str,
        algorithm: str = "RS256",
        is_mailbox_apart: bool = False,
        token_endpoint_auth_method: str = "client_secret_basic",
    ) -> None:
        rsa = RSAKey.generate_key(2048, {"use": "sig"})
        curve = ECKey.generate_key("P-256", {"use": "sig"})
        self._set_up = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uri": redirect_uri,
            "algorithm": algorithm,
            "is_mailbox_apart": is_mailbox_apart,
            "token_endpoint_auth_method": token_endpoint_auth_method,
            "jwks": {"keys": [rsa.as_dict(private=True), curve.as_dict(private=True)]},
        }
        self.issuer = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["node", "server.mjs"],
            cwd=installed(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # It warns of plain HTTP, which is all that a loopback has.
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(self._set_up) + "\n")
        self._process.stdin.flush()
        self.issuer = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def configuration(self, id_: str, **options: Any) -> str:
        """Return the operator's table for this provider."""
        given = {"issuer": self.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **options}
        return f"[{id_}]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in given.items())

    def seat(self, **claims: Any) -> None:
        """Put somebody before the provider's pages; without a `sub`, somebody who says no."""
        httpx.put(f"{self.issuer}/present", json=claims).raise_for_status()

    def asked(self) -> dict[str, Any]:
        """Return what the last request for a sign-in asked for."""
        told: dict[str, Any] = httpx.get(f"{self.issuer}/asked").json()
        return told

    def visit(self, url: str, *, cookies: Mapping[str, str] | None = None) -> str:
        """Follow a browser through the provider's pages; return the address that it is sent back to."""
        with httpx.Client(cookies=dict(cookies or {})) as browser:
            while url.startswith(self.issuer):
                answered = browser.get(url)
                assert answered.is_redirect, answered.text
                url = str(answered.next_request.url if answered.next_request else answered.headers["Location"])
        return url
