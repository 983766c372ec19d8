"""The control API, `/_mock`: `resetWorkspace` in openapi.yaml here is `reset_workspace` in a module here.

Clients need its description alone, so the package imports no more.
"""

from .spec import load_control_spec

__all__ = ["load_control_spec"]
