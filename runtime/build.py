"""The build of the workflow code in this process.

Workers report it to Temporal, which stores it with every workflow task; a stuck run shows under which build it last
made progress (ADR 16).
"""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from temporalio.common import WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig

_ROOT = Path(__file__).parents[1]
_WORKFLOW_CODE = ("workflows", "models")
"""The code that runs inside workflows: their own files, and the contracts and rules that they import."""


@cache
def build_id() -> str:
    """Return Podium's version and a digest of the workflow code, such as `0.1.0-3f9a52c1`."""
    digest = hashlib.sha256()
    for folder in _WORKFLOW_CODE:
        for path in sorted((_ROOT / folder).rglob("*.py")):
            digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    try:
        release = version("podium")
    except PackageNotFoundError:
        release = "unreleased"
    return f"{release}-{digest.hexdigest()[:8]}"


def deployment() -> WorkerDeploymentConfig:
    """Report the build without Worker Versioning: any worker carries on any run, whichever build it began under."""
    return WorkerDeploymentConfig(version=WorkerDeploymentVersion("podium", build_id()), use_worker_versioning=False)
