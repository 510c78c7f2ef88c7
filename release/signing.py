"""A signature below the sums, by whichever of sigstore's tools is there; without one, the line that makes it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

BUNDLE: Final = "SHA256SUMS.sigstore.json"
# Both ask in a browser, or take CI's own identity, who signs; neither needs a key that somebody must keep.
_TOOLS: Final = {
    "cosign": ["cosign", "sign-blob", "--yes", "--bundle", BUNDLE, "SHA256SUMS"],
    "sigstore": ["sigstore", "sign", "--bundle", BUNDLE, "SHA256SUMS"],
}
UNSIGNED: Final = (
    "NOT SIGNED: neither cosign nor sigstore is here. Whoever releases signs the sums where one of them is:\n"
    f"  (cd {{folder}} && {' '.join(_TOOLS['cosign'])})\n"
    "and readers check: cosign verify-blob --bundle SHA256SUMS.sigstore.json --certificate-identity WHO "
    "--certificate-oidc-issuer WHERE SHA256SUMS && sha256sum --check SHA256SUMS"
)


class NotSigned(Exception):
    """The tool is there and did not sign; the text is what it said."""


def sign(folder: Path, *, find: Callable[[str], str | None] = shutil.which) -> str | None:
    """Sign the sums of `folder`; return the name of the tool, or None when there is none.

    Raises:
        NotSigned: the tool refuses.
    """
    for name, words in _TOOLS.items():
        if (program := find(name)) is not None:
            done = subprocess.run([program, *words[1:]], cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode or not (folder / BUNDLE).exists():
                raise NotSigned(f"{name}: {done.stderr.strip()[-1000:]}")
            return name
    return None
