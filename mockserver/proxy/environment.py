"""The environment of a program: where the proxy is and whom to trust, in the variables of each language."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from ..server.server import Server
from ..settings import URL_VARIABLE
from .authority import BUNDLE_VARIABLES, STORE_PASSWORD, Authority
from .proxy import ADDRESS, Proxy, Rules, running_proxy
from .upstream import find_upstream

_PROGRAMS = Path(__file__).parent / "programs"
_PROXIED = ("http_proxy", "https_proxy", "all_proxy")
_DIRECT = ("localhost", "127.0.0.1", "::1", ".localhost")
"""What a program reaches without the proxy."""


@dataclass(frozen=True, slots=True)
class ProgramFiles:
    """The files that the variables name, in a folder of one run."""

    folder: Path

    @property
    def bundle(self) -> Path:
        """The certificate of the authority, and all others that the program would trust."""
        return self.folder / "bundle.pem"

    @property
    def store(self) -> Path:
        """The same for Java."""
        return self.folder / "bundle.p12"

    @property
    def preload(self) -> Path:
        """What Node.js loads first."""
        return self.folder / "preload.cjs"

    def write(self, authority: Authority, proxy: Proxy, rules: Rules, environment: Mapping[str, str]) -> None:
        """Write all of them."""
        authority.write_bundle(self.bundle, environment)
        authority.write_trust_store(self.store, environment)
        for name in ("preload.cjs", "sitecustomize.py"):
            shutil.copy(_PROGRAMS / name, self.folder)
        settings = {
            "hosts": sorted(rules.hosts), "tls_port": proxy.tls_port, "block_others": rules.block_others,
        }  # fmt: skip
        (self.folder / "settings.json").write_text(json.dumps(settings), "utf-8")


@contextmanager
def leading_programs(
    server: Server, environment: Mapping[str, str], *, block_others: bool = False
) -> Iterator[dict[str, str]]:
    """Yield an environment in which programs meet a server at the documented hosts, while the block lasts."""
    authority, url = Authority(), urlsplit(server.url)
    hosts = server.app.pipeline.spec.hosts
    rules = Rules(
        hosts=hosts,
        mock=(url.hostname or "", url.port or 0),
        context=authority.make_context(hosts),
        upstream=find_upstream(),
        block_others=block_others,
    )
    with TemporaryDirectory(prefix="coldsend-mock-") as folder, running_proxy(rules) as proxy:
        files = ProgramFiles(Path(folder))
        files.write(authority, proxy, rules, environment)
        yield make_environment(files, proxy, rules, environment) | {URL_VARIABLE: server.url}


def make_environment(
    files: ProgramFiles, proxy: Proxy, rules: Rules, environment: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment of a program, made of the one that it would have had."""
    url = f"http://{ADDRESS}:{proxy.port}"
    changed = {name: url for lower in _PROXIED for name in (lower, lower.upper())}
    changed |= dict.fromkeys(("no_proxy", "NO_PROXY"), _list_direct(rules, environment))
    changed |= dict.fromkeys(BUNDLE_VARIABLES, str(files.bundle))
    changed["NODE_EXTRA_CA_CERTS"] = str(files.bundle)
    changed["NODE_OPTIONS"] = _join(" ", environment.get("NODE_OPTIONS"), f'--require="{files.preload}"')
    changed["PYTHONPATH"] = _join(os.pathsep, str(files.folder), environment.get("PYTHONPATH"))
    changed["JAVA_TOOL_OPTIONS"] = _join(
        " ", environment.get("JAVA_TOOL_OPTIONS"), *_list_java_options(files, proxy)
    )
    return {**environment, **changed}


def _list_direct(rules: Rules, environment: Mapping[str, str]) -> str:
    """Return what a program reaches without the proxy: its own exceptions, apart from those for our hosts."""
    given = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    own = [name.strip() for name in given.split(",")]
    kept = [name for name in own if name and name != "*" and not _covers(name, rules)]
    return ",".join(dict.fromkeys([*_DIRECT, *kept]))


def _covers(name: str, rules: Rules) -> bool:
    suffix = name.casefold().lstrip("*").lstrip(".").partition(":")[0]
    return any(host == suffix or host.endswith(f".{suffix}") for host in rules.hosts)


def _list_java_options(files: ProgramFiles, proxy: Proxy) -> list[str]:
    where = [f"-D{kind}.proxy{name}={value}" for kind in ("http", "https") for name, value in
             (("Host", ADDRESS), ("Port", proxy.port))]  # fmt: skip
    store = {"": files.store, "Type": "PKCS12", "Password": STORE_PASSWORD}
    return [
        *where,
        "-Dhttp.nonProxyHosts=localhost|127.*|[::1]",
        *(f"-Djavax.net.ssl.trustStore{name}={value}" for name, value in store.items()),
    ]


def _join(separator: str, *parts: str | None) -> str:
    return separator.join(filter(None, parts))
