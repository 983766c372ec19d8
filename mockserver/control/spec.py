"""The description of the control API, openapi.yaml here."""

from functools import cache
from pathlib import Path

from ..openapi.extensions import check_extensions
from ..openapi.spec import Spec, load_spec, read_spec
from ..openapi.yaml_files import read_yaml


@cache
def load_control_spec() -> Spec:
    """Read the description of the control API, once per process.

    It stands on the openapi.yaml of the API: what it lacks itself (schemas, wordings, errors) stands
    there.
    """
    base = load_spec()
    path = Path(__file__).with_name("openapi.yaml")
    own = read_yaml(path)
    check_extensions(path, own)
    document = {**base.document, **own}
    for part in ("components", "x-server-responses"):
        merged = {**base.document[part], **own.get(part, {})}
        for name, inner in own.get(part, {}).items():
            if part == "components":  # one level deeper: schemas, examples
                merged[name] = {**base.document[part].get(name, {}), **inner}
        document[part] = merged
    return read_spec(path, document)
