"""Pods without a cluster: a process in the image's own files alone, started as the manifests say, by bubblewrap.

What a pod may not do is taken away here too: the root is read-only but for /tmp, the user is 10001 without any capability,
and the process is the first of its own process table. The network stays this machine's.

    container = Container(pod_of("identity", "server"), settings={…}, secrets={…}, folder=tmp_path)
    with container: …
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
import yaml

from one_machine import places
from tests.support.events import StopWhen

ROOT: Final = Path(__file__).resolve().parents[2]
DOCKERFILE: Final = ROOT / "deploy" / "Dockerfile"
MANIFESTS: Final = ROOT / "deploy" / "kubernetes" / "base"
USER: Final = 10001
PATIENCE_S: Final = 120
# What the manifests promise (45 s less the ten that a pod waits before it is told).
STOPS_WITHIN_S: Final = 30
_UNITS = {"Mi": 2**20, "Gi": 2**30}
# What the base image brings: its system, without anything of this project.
_SYSTEM = ("/usr", "/etc", "/bin", "/lib", "/lib32", "/lib64", "/sbin", "/opt")
HOW_TO_GET_ONE = "bubblewrap cannot be used here: `make tools` installs it (Debian: apt install bubblewrap)"


class NoContainer(Exception):
    """This machine makes no containers; the text says what is missing."""


@dataclass(frozen=True)
class Pod:
    """What a manifest says of one kind of pod."""

    part: str
    component: str
    arguments: tuple[str, ...]
    memory_limit: int
    tmp_limit: int

    @property
    def name(self) -> str:
        """Return how tests call it."""
        return f"{self.part}-{self.component}"

    @property
    def is_server(self) -> bool:
        """Tell whether it answers requests."""
        return "serve" in self.arguments

    @property
    def goes_on(self) -> bool:
        """Tell whether it runs until it is stopped."""
        return "--metrics-port" in self.arguments


def pods() -> list[Pod]:
    """Return every kind of pod that the manifests have."""
    return sorted(_pods(), key=lambda each: each.name)


def _pods() -> Iterator[Pod]:
    for file in sorted(MANIFESTS.glob("*/*.yaml")):
        for document in yaml.safe_load_all(file.read_text("utf-8")):
            kind = document.get("kind") if isinstance(document, dict) else None
            if kind in {"Deployment", "Job"}:
                template = document["spec"]["template"]
            elif kind == "CronJob":
                template = document["spec"]["jobTemplate"]["spec"]["template"]
            else:
                continue
            containers = template["spec"].get("containers", [])
            if not containers or "args" not in containers[0]:
                # A patch that all pods share: it is nobody's pod.
                continue
            yield _pod(file, containers[0], template["spec"])


def _pod(file: Path, container: Mapping[str, Any], spec: Mapping[str, Any]) -> Pod:
    [tmp] = [volume["emptyDir"] for volume in spec["volumes"] if volume["name"] == "tmp"]
    return Pod(
        part=file.parent.name,
        component=file.stem,
        arguments=tuple(map(str, container["args"])),
        memory_limit=_bytes(container["resources"]["limits"]["memory"]),
        tmp_limit=_bytes(tmp["sizeLimit"]),
    )


def _bytes(quantity: str) -> int:
    return int(quantity[:-2]) * _UNITS[quantity[-2:]]


def copied() -> list[tuple[Path, Path]]:
    """Return what of this project the image holds: each source, and its place below /app, as the Dockerfile copies it."""
    found = []
    for words in re.findall(r"(?m)^COPY (?!--from)(.+)$", DOCKERFILE.read_text("utf-8")):
        *sources, place = words.split()
        for source in sources:
            target = Path(place)
            found.append((ROOT / source, target / Path(source).name if place.endswith("/") else target))
    return found


class Container:
    """One pod's process; a context manager."""

    def __init__(
        self,
        pod: Pod,
        *,
        settings: Mapping[str, str],
        secrets: Mapping[str, str],
        folder: Path,
        bound: Sequence[Path] = (),
    ) -> None:
        """`settings` are variables, `secrets` become files; what is `bound` is there read-only too."""
        self.pod = pod
        self.port = places.free_port()
        self.metrics_port = places.free_port()
        self.output_file = folder / f"{pod.name}-{self.port}.log"
        self._secrets = _mounted(secrets, folder / f"{pod.name}-{self.port}-secrets")
        self._settings = {
            **settings,
            f"{pod.part.upper()}_PORT": str(self.port),
            f"{pod.part.upper()}_HOST": "127.0.0.1",
            f"{pod.part.upper()}_LOGS_AS_JSON": "1",
        }
        self._bound = bound
        self._process: subprocess.Popen[bytes] | None = None
        self.pid = 0

    def start(self) -> None:
        """Start it, without waiting for anything."""
        told, tells = os.pipe()
        with self.output_file.open("wb") as output:
            self._process = subprocess.Popen(
                ["bwrap", "--info-fd", str(tells), *self._walls(), "--", *_drop(), *self._command()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[tells],
            )
        os.close(tells)
        with os.fdopen(told) as info:
            text = info.read()
        if not text:
            raise NoContainer(f"{HOW_TO_GET_ONE}: {self.output()}")
        self.pid = json.loads(text)["child-pid"]

    def listen_at(self, port: int) -> None:
        """Let it answer at a port that others were told of, before it is started."""
        self.port = port
        self.tell(**{f"{self.pod.part.upper()}_PORT": str(port)})

    def tell(self, **settings: str) -> None:
        """Give it further settings, before it is started."""
        self._settings |= settings

    def run(self) -> int:
        """Run it to its end; return its exit status."""
        self.start()
        return self.wait()

    def wait(self, *, within_s: float = PATIENCE_S) -> int:
        """Wait for its end; return its exit status."""
        assert self._process is not None
        return self._process.wait(within_s)

    def terminate(self) -> None:
        """Ask the process to stop, as the platform does."""
        os.kill(self.pid, signal.SIGTERM)

    def output(self) -> str:
        """Return what it has written to its output."""
        return self.output_file.read_text("utf-8", errors="replace")

    def probe(self, path: str) -> int:
        """Return the status of a probe, asked where the manifests ask it; 0 when nobody answers."""
        port = self.port if self.pod.is_server else self.metrics_port
        try:
            return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=10).status_code
        except httpx.TransportError:
            return 0

    def wait_until_ready(self) -> None:
        """Wait until its readiness probe is answered."""
        assert self._process is not None
        ended = self._process.poll
        StopWhen(lambda: ended() is not None or self.probe("/readyz") == 200, patience=PATIENCE_S).wait_until_set()
        assert (ended(), self.probe("/readyz")) == (None, 200), self.output()

    def processes(self) -> list[int]:
        """Return the ids, on this machine, of all its processes."""
        own = _table_of(self.pid)
        return [pid for pid in _all_processes() if _table_of(pid) == own]

    def memory(self) -> int:
        """Return the bytes of memory that it has for itself, and its share of what processes share."""
        return sum(_proportional(pid) for pid in self.processes())

    def status(self) -> dict[str, str]:
        """Return what the kernel says of its first process."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return {name: text.strip() for name, _, text in (line.partition(":") for line in lines)}

    def writable_places(self) -> set[str]:
        """Return where it has a file system that may be written."""
        mounts = Path(f"/proc/{self.pid}/mountinfo").read_text().splitlines()
        return {fields[4] for fields in map(str.split, mounts) if "rw" in fields[5].split(",")}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            # bubblewrap's own end takes everything in it along.
            self._process.kill()
            self._process.wait()

    def _command(self) -> list[str]:
        replaced = {"0.0.0.0": "127.0.0.1", "9090": str(self.metrics_port)}  # noqa: S104 - compared, not bound
        return ["/opt/vitrail/bin/python", "-m", *(replaced.get(each, each) for each in self.pod.arguments)]

    def _walls(self) -> list[str]:
        walls = ["--die-with-parent", "--new-session", "--unshare-pid", "--as-pid-1", "--unshare-ipc", "--unshare-uts"]
        walls += ["--clearenv"]
        for name, value in {
            "PATH": "/opt/vitrail/bin:/usr/local/bin:/usr/bin:/bin",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": "/tmp",
            **self._settings,
        }.items():
            walls += ["--setenv", name, value]
        for place in _SYSTEM:
            walls += ["--ro-bind-try", place, place]
        walls += ["--perms", "0755", "--tmpfs", "/opt", *_bind(Path(sys.prefix), "/opt/vitrail")]
        if not Path(sys.base_prefix).is_relative_to("/usr"):
            walls += _bind(Path(sys.base_prefix), sys.base_prefix)
        for source, target in copied():
            if source.name != "requirements.lock":
                walls += _bind(source, f"/app/{target}")
        walls += [*_bind(self._secrets, "/run/secrets/app"), "--proc", "/proc", "--dev", "/dev"]
        walls += ["--perms", "1777", "--size", str(self.pod.tmp_limit), "--tmpfs", "/tmp"]
        # A test's own server may have its socket below /tmp.
        for each in self._bound:
            walls += _bind(each, str(each))
        return [*walls, "--remount-ro", "/opt", "--remount-ro", "/", "--chdir", "/app"]


def _bind(source: Path, place: str) -> list[str]:
    """Return the words that show `source` read-only at `place`, below folders that everybody may enter."""
    parents = [str(each) for each in reversed(Path(place).parents) if str(each) not in {"/", "/tmp", "/opt"}]
    made = [word for each in parents for word in ("--perms", "0755", "--dir", each)]
    return [*made, "--ro-bind", str(source), place]


def require() -> None:
    """Make sure that containers can be made.

    Raises:
        NoContainer: bubblewrap is missing, or may do nothing here.
    """
    if shutil.which("bwrap") is None or shutil.which("setpriv") is None:
        raise NoContainer(HOW_TO_GET_ONE)
    tried = ["bwrap", "--ro-bind", "/", "/", "--unshare-pid", "--as-pid-1", "--", *_drop(), "true"]
    done = subprocess.run(tried, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoContainer(f"{HOW_TO_GET_ONE}: {done.stderr.strip()}")


def _drop() -> list[str]:
    """Return the words before a command that make it the image's user, who may do nothing special."""
    if os.geteuid() != 0:
        # Whoever is not root keeps their own number outside; bubblewrap has dropped every capability.
        return []
    dropped = ["--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"]
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *dropped, "--"]


def _mounted(secrets: Mapping[str, str], folder: Path) -> Path:
    """Lay secrets out as Kubernetes mounts them: links to links, readable by the pod's group alone."""
    data = folder / "..2026_11_22"
    data.mkdir(parents=True)
    (folder / "..data").symlink_to(data.name)
    for name, value in secrets.items():
        file = data / name
        file.write_text(value, "utf-8")
        file.chmod(0o440)
        if os.geteuid() == 0:
            os.chown(file, 0, USER)
        (folder / name).symlink_to(f"..data/{name}")
    folder.chmod(0o755)
    data.chmod(0o755)
    return folder


def _all_processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _table_of(pid: int) -> str | None:
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return None


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
