"""Where an agent finds its credentials: an endpoint, a program, a file; rotated by the test."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.agent.faults._fault_server import FaultServer
from tests.agent.faults._scenario import Scenario

_PATH = "/credentials"
_NO_OTHERS = {
    "AWS_ACCESS_KEY_ID": "",
    "AWS_SECRET_ACCESS_KEY": "",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass
class KeySource:
    """The current keys, named agent.1, agent.2, …; with a lifetime every look-up has new ones."""

    server: FaultServer
    folder: Path
    kind: str  # endpoint, process or file
    lifetime_s: float | None = None
    generation: int = 1

    def __post_init__(self) -> None:
        """Put the first keys in place."""
        (self.folder / ".aws").mkdir()
        if self.kind == "process":
            config = f"[default]\ncredential_process = cat {self.folder}/keys\n"
            (self.folder / ".aws" / "config").write_text(config)
        self.server.pages[_PATH] = self._page
        self._write()

    @property
    def key(self) -> str:
        """The access key that is current."""
        return f"agent.{self.generation}"

    @property
    def environment(self) -> dict[str, str]:
        """What leads an agent here and nowhere else."""
        if self.kind == "endpoint":
            uri = f"{self.server.url}{_PATH}"
            return {**_NO_OTHERS, "AWS_CONTAINER_CREDENTIALS_FULL_URI": uri}
        return _NO_OTHERS

    def rotate(self, code: str) -> str:
        """Put new keys in place and have the old ones refused from now on; return the new one."""
        old = self.key
        self.generation += 1
        self._write()
        self.refuse(old, code)
        return self.key

    def refuse(self, key: str, code: str) -> None:
        """Have a key refused from now on."""
        self.server.look(lambda _: self.server.refused_keys.update({key: code}))

    def remove(self) -> None:
        """Have no keys any more."""
        self.server.look(lambda _: self.server.pages.pop(_PATH))

    def _page(self) -> str:
        if self.lifetime_s is None:
            return json.dumps(self._fields(time.time() + 3600))
        self.generation += 1
        end_s = self.server.key_ends_s[self.key] = time.time() + self.lifetime_s
        return json.dumps(self._fields(end_s))

    def _write(self) -> None:
        keys = f"aws_access_key_id = {self.key}\naws_secret_access_key = secret\n"
        texts = {
            "process": (self.folder / "keys", json.dumps(self._fields(time.time() + 3600))),
            "file": (self.folder / ".aws" / "credentials", f"[default]\n{keys}"),
        }
        if self.kind in texts:
            path, text = texts[self.kind]
            fresh = path.with_suffix(".new")
            fresh.write_text(text)
            fresh.rename(path)

    def _fields(self, end_s: float) -> dict[str, object]:
        return {
            "Version": 1,
            "AccessKeyId": self.key,
            "SecretAccessKey": "secret",
            "Token": "token",  # as an endpoint calls it
            "SessionToken": "token",  # as a program does
            "Expiration": datetime.fromtimestamp(end_s, UTC).isoformat(),
        }


def key_source(scenario: Scenario, kind: str, lifetime_s: float | None = None) -> KeySource:
    """Return a source of keys for a scenario's agent."""
    return KeySource(scenario.server, scenario.folder, kind, lifetime_s)
