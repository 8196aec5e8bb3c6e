"""What a handler leaves behind when it ends: adopted by the agent, reaped, nothing else taken."""

import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

# As process 1 does, this one adopts the orphans among its descendants.
ADOPTS = """
import asyncio, ctypes, os, subprocess, sys
from pathlib import Path
from shoal_agent.runners.orphans import OrphanReaper

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
CHILD = '''
import subprocess
orphans = [subprocess.Popen(["sleep", "0.05"]) for _ in range(5)]
print(*[orphan.pid for orphan in orphans], flush=True)
import os
os._exit(3)
'''

async def main():
    handler = subprocess.Popen(
        [sys.executable, "-c", CHILD], process_group=0, stdout=subprocess.PIPE, text=True
    )
    OrphanReaper(lambda pid: pid == handler.pid)
    own = subprocess.Popen([sys.executable, "-c", "import sys; sys.exit(4)"])
    awaited = await asyncio.create_subprocess_exec(sys.executable, "-c", "import sys; sys.exit(5)")
    pids = handler.stdout.readline().split()
    handler.stdout.close()
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        await asyncio.sleep(0.02)
    codes = (handler.wait(), own.wait(), await awaited.wait())
    print(*codes)

asyncio.run(main())
"""


def test_orphans_are_reaped_and_no_status_is_taken_from_who_waits_for_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ADOPTS], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.returncode) == ("3 4 5\n", 0), done.stderr


def test_as_the_first_process_of_a_container_the_agent_reaps(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    command = [str(unshare), "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    if unshare is None or subprocess.run([*command, "true"], capture_output=True).returncode:  # noqa: PLW1510
        pytest.skip("no process namespaces here")
    (tmp_path / "work.py").write_text("def handle(message): ...")
    source = """
    import asyncio, os, signal, subprocess, sys
    from shoal_agent.runners.choose import started_runner
    from shoal_agent.settings import read_settings

    async def main():
        settings = read_settings({"SHOAL_QUEUE_URL": "http://q/1/q"}, "work:handle")
        runner = await started_runner(settings)
        assert os.getpid() == 1
        assert asyncio.get_running_loop().remove_signal_handler(signal.SIGCHLD)
        await runner.close()
        print("reaps")

    asyncio.run(main())
    """
    done = subprocess.run(
        [*command, sys.executable, "-c", dedent(source)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("reaps\n", 0), done.stderr
