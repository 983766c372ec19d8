"""The Dockerfile, carried out without Docker: `python -m tests.container`, as root, with debootstrap.

A Debian root stands for the base image. Each instruction does there what it would do in a build. Then the
image runs as a container would: chroot, no root user, no rights, all files read-only.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from mockserver import __version__

ROOT = Path(__file__).parent.parent
SUITE = "bookworm"
PACKAGES = "ca-certificates,python3,python3-pip,util-linux"
MOST_MEGABYTES = 90
"""What the image may add to its base."""
READY_SECONDS = 60
CERTIFICATES = Path("etc/ssl/certs/ca-certificates.crt")
_URL = "http://127.0.0.1:8000"


@dataclass
class Image:
    """What a build has made so far."""

    folder: Path
    environment: dict[str, str]
    user: str = "0:0"
    health: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def enter(self, command: Sequence[str], *, limited: bool) -> list[str]:
        """Return the command that runs one in the image: as root, or with `limited` rights as it is used."""
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        inside = ["/usr/sbin/chroot", str(self.folder), "/usr/bin/env", "-i", *variables]
        if not limited:
            return [*inside, *command]
        user, group = self.user.split(":")
        mount = f"mount --bind {self.folder} {self.folder} && mount -o remount,bind,ro {self.folder}"
        rights = ["/usr/bin/setpriv", "--reuid", user, "--regid", group, "--clear-groups", "--no-new-privs",
                  "--bounding-set=-all", "--inh-caps=-all"]  # fmt: skip
        return ["unshare", "--mount", "sh", "-ec", f'{mount} && exec "$@"', "sh", *inside, *rights, *command]


def main() -> int:
    """Build the image and try it; returns 0 when it does what docs/container.md says."""
    work = ROOT / "build" / "container"
    shutil.rmtree(work, ignore_errors=True)
    base = work / "base"
    make_base(base)
    image = build(read_dockerfile(ROOT / "Dockerfile"), base, work)
    added = (measure(image.folder) - measure(base)) / 1e6
    print(f"The image adds {added:.0f} MB to its base.")
    assert added < MOST_MEGABYTES, added
    try_image(image)
    shutil.rmtree(work)
    return 0


def make_base(folder: Path) -> None:
    """Make a Debian root that has what the base image has: python and pip under these names."""
    folder.mkdir(parents=True)
    debootstrap = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(folder)]
    subprocess.run(debootstrap, check=True, stdout=subprocess.DEVNULL)
    (folder / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    # A build reaches the package index as this machine does.
    shutil.copy(Path("/") / CERTIFICATES, folder / CERTIFICATES)
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")


def read_dockerfile(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the instructions of a Dockerfile with their arguments."""
    text = re.sub(r"^#.*\n", "", path.read_text("utf-8"), flags=re.MULTILINE)
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if line.strip():
            name, _, arguments = line.partition(" ")
            yield name, arguments.strip()


def build(instructions: Iterator[tuple[str, str]], base: Path, work: Path) -> Image:
    """Carry out instructions; returns the last image. Raises ValueError for one that is unknown here."""
    images: dict[str, Image] = {}
    image = Image(base, {})
    for name, arguments in instructions:
        words = arguments.split()
        match name, words:
            case "FROM", [_, *rest]:
                stage = rest[1] if rest else "image"
                subprocess.run(["cp", "-a", str(base), str(work / stage)], check=True)
                path = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin"
                image = images[stage] = Image(work / stage, {"PATH": path})
            case "COPY", [".", target]:
                copy_context(image.folder / target.lstrip("/"))
            case "COPY", [source, origin, target]:
                made = images[source.removeprefix("--from=")]
                shutil.copytree(
                    made.folder / origin.lstrip("/"), image.folder / target.lstrip("/"), symlinks=True
                )
            case "RUN", _:
                network = {key: value for key, value in os.environ.items() if key.startswith("PIP_")}
                within = Image(image.folder, {**network, "HOME": "/root", **image.environment})
                subprocess.run(within.enter(["sh", "-ec", arguments], limited=False), check=True)
            case "ENV", [assignment]:
                variable, _, value = assignment.partition("=")
                image.environment[variable] = value.replace("$PATH", image.environment["PATH"])
            case "USER", [user]:
                image.user = user
            case "HEALTHCHECK", _:
                image.health = json.loads(arguments.partition("CMD")[2])
            case "ENTRYPOINT" | "CMD", _:
                image.command += json.loads(arguments)
            case "EXPOSE", _:
                pass
            case _:
                raise ValueError(f"nobody carries out {name} {arguments}")
    return image


def copy_context(target: Path) -> None:
    """Copy what .dockerignore leaves of the project."""
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[:1] not in "#"]
    kept = [line.removeprefix("!") for line in lines if line.startswith("!")]
    left_out = [line.removeprefix("**/") for line in lines if line.startswith("**/")]

    def ignore(_folder: str, names: list[str]) -> list[str]:
        return [name for name in names if any(fnmatch(name, pattern) for pattern in left_out)]

    target.mkdir(parents=True)
    for name in kept:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=ignore)
        else:
            shutil.copy(source, target / name)


def measure(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_symlink() or path.is_file())


def try_image(image: Image) -> None:
    """Start the image; raises AssertionError unless it serves, is healthy, writes nothing and stops."""
    health = image.enter(image.health, limited=True)
    assert subprocess.run(health, check=False, stderr=subprocess.DEVNULL).returncode == 1
    with running(image) as process:
        assert json.load(urlopen(f"{_URL}/healthz", timeout=READY_SECONDS))["version"] == __version__
        subprocess.run(health, check=True)
        status = Path(f"/proc/{process.pid}/status").read_text("ascii")
        assert re.search(r"^Uid:\s+10001\s+10001", status, re.MULTILINE), status
        assert re.search(r"^CapEff:\s+0+$", status, re.MULTILINE), status
        write = image.enter(["sh", "-c", "touch /opt/coldsend-mock/file || touch /tmp/file"], limited=True)
        refused = subprocess.run(write, check=False, capture_output=True, text=True)
        assert refused.returncode, "a file can be written"
        assert refused.stderr.count("Read-only file system") == 2, refused.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(READY_SECONDS) == 0


@contextmanager
def running(image: Image) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command of an image; yields its process once it is ready, and prints how long that took."""
    start = time.monotonic()
    process = subprocess.Popen(image.enter(image.command, limited=True))
    try:
        while not is_ready():
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < start + READY_SECONDS, "the server is not ready"
            time.sleep(0.02)
        spent = Path(f"/proc/{process.pid}/stat").read_text("ascii").split()[13:15]
        processor = sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")
        print(f"It was ready after {time.monotonic() - start:.2f} s, of the processor's {processor:.2f} s.")
        yield process
    finally:
        process.kill()
        process.wait()


def is_ready() -> bool:
    """Return whether the server takes requests."""
    try:
        with urlopen(f"{_URL}/readyz", timeout=READY_SECONDS) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main())
