"""What the laptop adds to the environment that a Deployment gives its container.

In a cluster the image, the pod identity webhook and the pod's own network add theirs; here
it is this, and nothing else: no variable of the user's shell reaches an agent, above all no
AWS setting.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shoal_agent import contract
from shoal_local import attempt_log

if TYPE_CHECKING:
    from collections.abc import Mapping

# An agent ends when its open polls have come back, so that no message is answered to nobody.
# Twenty seconds of that are right where polls cost money, and long for somebody who watches.
POLL_WAIT_S: Final = 2


def laptop_environment(
    container: Mapping[str, str], aws: Mapping[str, str], *, directory: Path
) -> dict[str, str]:
    """Return the whole environment of an agent.

    ``container`` is what the manifest gives, ``aws`` what binds the agent to this machine's
    moto. Handlers are found in ``directory``, as in the image's /app.
    """
    middleware = [attempt_log.MIDDLEWARE, *filter(None, [container.get(contract.MIDDLEWARE)])]
    return {
        **_image(directory),
        contract.POLL_WAIT_S: str(POLL_WAIT_S),
        **container,
        **aws,
        # Outermost, so that it sees how the message ends.
        contract.MIDDLEWARE: ",".join(middleware),
        # The pods of a laptop share its ports: each takes free ones and says which.
        contract.HEALTH_PORT: "0",
        contract.METRICS_PORT: "0",
    }


def _image(directory: Path) -> dict[str, str]:
    """Return what stands for the ENV lines of agent/Dockerfile."""
    programs = str(Path(sys.executable).parent)
    return {
        "HOME": os.environ.get("HOME", "/"),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "PATH": os.pathsep.join([programs, os.environ.get("PATH", os.defpath)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(directory),
        "PYTHONUNBUFFERED": "1",
    }
