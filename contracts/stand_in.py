"""The mock as the suite starts it for itself: strict about keys, with every kind of key declared."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from mockserver import Settings
from mockserver.server import running
from mockserver.spec import load_spec

from .target import LIMITED_SCOPE, Target


@contextmanager
def standing_in(seed: str = "0") -> Iterator[Target]:
    """Run the mock while the block lasts and return it as a target."""
    with TemporaryDirectory() as folder:
        keys_file = Path(folder) / "keys.json"
        target = declare_keys(keys_file)
        settings = Settings(port=0, keys_file=str(keys_file), strict_keys=True, quiet=True, random_seed=seed)
        with running(settings) as server:
            yield aim(target, server.base_url)


def declare_keys(keys_file: Path) -> Target:
    """Write fresh keys of every kind to a file for `Settings.keys_file`; returns them in a target."""
    prefix = load_spec().key_prefix + "contract_"
    suffix = secrets.token_hex(6)
    target = Target(
        base_url="",
        api_key=f"{prefix}main_{suffix}",
        second_key=f"{prefix}second_{suffix}",
        limited_key=f"{prefix}limited_{suffix}",
        revoked_key=f"{prefix}revoked_{suffix}",
        is_mock=True,
    )
    workspace = f"main {suffix}"
    rows = [
        {"key": target.api_key, "workspace": workspace},
        {"key": target.second_key},
        {"key": target.limited_key, "workspace": workspace, "scopes": [LIMITED_SCOPE]},
        {"key": target.revoked_key, "workspace": workspace, "revoked": True},
    ]
    keys_file.write_text(json.dumps({"keys": rows}), "utf-8")
    return target


def aim(target: Target, base_url: str) -> Target:
    """Return the target with the address of its server."""
    return Target(
        base_url=base_url,
        api_key=target.api_key,
        second_key=target.second_key,
        limited_key=target.limited_key,
        revoked_key=target.revoked_key,
        is_mock=target.is_mock,
    )
