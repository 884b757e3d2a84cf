"""``svctl plugins``: list, new and check, with plugins that end or hang their process; and the tutorial's plugins."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.daemon import alive, eventually
from support.plugins import install
from support.svctl import SVCTL, User

from steadyvoice.ipc import child
from steadyvoice.workers.plugins.checking import checked
from steadyvoice.workers.plugins.spec import Spec

DOCUMENT = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text()
EXAMPLES = {name: code for code, name in re.findall(r"```python\n(# (\w+\.py)\n.*?)```", DOCUMENT, re.S)}

Checked = tuple["subprocess.CompletedProcess[str]", dict[str, Any]]


@pytest.fixture
def check(user: User, tmp_path: Path) -> Callable[[str], Checked]:
    def run(code: str) -> Checked:
        (tmp_path / "x.py").write_text(code)
        done = user.svctl("plugins", "check", tmp_path / "x.py", "--json")
        return done, json.loads(done.stdout)

    return run


def test_list(user: User, tmp_path: Path) -> None:
    install(tmp_path, "plugins", "wobble", "Plugin.__doc__ = 'Wobbles.'\nprint('imported')")
    install(tmp_path, "plugins", "broken", "raise ValueError('no model')", instead=True)
    user.env["PYTHONPATH"] = str(tmp_path)
    found = {each["name"]: each for each in user.json("plugins")}
    assert {"gain", "lowpass", "sine", "shift", "noise", "agc", "wobble"} <= found.keys()
    assert (found["wobble"]["package"], found["wobble"]["doc"]) == ("wobble 1", "Wobbles.")
    assert found["broken"]["problem"] == "broken failed: ValueError: no model (broken.py, line 1)"
    [db] = found["gain"]["parameters"]
    assert (db["name"], db["default"], db["low"], db["high"], db["unit"]) == ("db", 0.0, -60, 24, "dB")
    text = user.svctl("plugins", "list").stdout
    assert re.search(r"^ +db +0 +-60 to 24 dB +gain$", text, re.M)


def test_new_writes_a_plugin_that_keeps_the_contract(user: User, tmp_path: Path) -> None:
    path = tmp_path / "my-robot.py"
    assert user.json("plugins", "new", str(path)) == {"path": str(path), "shown": str(path)}
    done = user.svctl("plugins", "check", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(
        r"my-robot: keeps the contract\n  cost of a block     p50 \d+ us, p99 \d+ us, of 10667 us\n", done.stdout
    )
    assert "warning" not in done.stdout
    assert user.svctl("plugins", "check", f"{path}:MyRobot:db=3").returncode == 0
    for wrong, said in ((path, "exists; choose another name"), (tmp_path / "x.txt", "ends in .py"),
                        (tmp_path / "no" / "x.py", "No such file or directory")):  # fmt: skip
        done = user.svctl("plugins", "new", wrong)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr


def test_a_file_in_the_working_directory(user: User, tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("def process(block):\n    return block")
    done = subprocess.run([SVCTL, "plugins", "check", "x.py"], cwd=tmp_path, env=user.env, capture_output=True,
                          text=True, timeout=60)  # fmt: skip
    assert done.stdout.startswith("x: keeps the contract"), done.stderr


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import ctypes\ndef process(block):\n    ctypes.string_at(0)",
         "ended its process by SIGSEGV in the phase open (x.py, line 3)"),
        ("import os\nblocks = []\ndef process(block):\n    blocks.append(0)\n    if len(blocks) > 9: os._exit(5)\n"
         "    return block",
         "ended its process with status 5 in the phase noise"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "ended its process by SIGKILL in the phase import"),
        ("raise SystemExit", "failed: SystemExit (x.py, line 1)"),
    ],
)  # fmt: skip
def test_a_plugin_that_ends_the_process(check: Callable[[str], Checked], code: str, said: str) -> None:
    done, report = check(code)
    assert done.returncode == 1
    assert said in report["problem"]
    assert report["breaches"] == [report["problem"]]


@pytest.mark.parametrize(
    ("code", "where"),
    [
        ("import time\n\ndef process(block):\n    time.sleep(1000)", "in the phase open (x.py, line 4)"),
        ("while True: pass", "in the phase import (x.py, line 1)"),
        ("import ctypes\nblocks = []\ndef process(block):\n    blocks.append(0)\n    if len(blocks) > 9:\n"
         "        ctypes.PyDLL(None).sleep(1000)\n    return block", "in the phase noise (x.py, line 6)"),
    ],
    ids=["sleep", "loop", "with the interpreter's lock"],
)  # fmt: skip
def test_a_plugin_that_hangs(tmp_path: Path, code: str, where: str) -> None:
    (tmp_path / "x.py").write_text(code)
    report, status = checked(Spec(f"{tmp_path}/x.py"), (f"{tmp_path}/x.py",), limit_s=2)
    assert status == 1
    assert report["problem"] == f"{tmp_path}/x.py did not return within 2 s {where}"


def test_a_breach_is_printed_and_is_the_exit_status(user: User, tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(
        "print('hello')\ndef process(block):\n    return block if not block.any() else block[1:]"
    )
    done = user.svctl("plugins", "check", tmp_path / "x.py")
    assert done.returncode == 1
    assert "  breach: noise, block 1: process returned the shape (511,), not (512,)" in done.stdout
    assert "hello" not in done.stdout
    done = user.svctl("plugins", "check", "gian")
    assert done.stderr.startswith("svctl: there is no plugin 'gian'; did you mean gain?")
    done = user.svctl("plugins", "check", "gain,gain")
    assert (done.returncode, done.stderr) == (
        1, "svctl: name one plugin, such as gain or ~/robot.py; a comma separates plugins\n"
    )  # fmt: skip


def test_a_check_ends_with_its_parent(tmp_path: Path) -> None:
    """The process of the plugin, too."""
    (tmp_path / "x.py").write_text(
        f"import os, pathlib\npathlib.Path('{tmp_path}/pid').write_text(str(os.getpid()))\nwhile True: pass"
    )
    request = json.dumps({"do": "check", "plugin": f"{tmp_path}/x.py"})
    process = subprocess.Popen(child.command("steadyvoice.workers.plugins", request), env=child.environment())
    eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    process.kill()
    process.wait()
    pid = int((tmp_path / "pid").read_text())
    eventually(lambda: not alive(pid))


def test_the_tutorial_has_its_four_plugins() -> None:
    assert list(EXAMPLES) == ["louder.py", "telephone.py", "higher.py", "small_model.py"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_plugin_of_the_tutorial(user: User, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(EXAMPLES[name])
    done = user.svctl("plugins", "check", tmp_path / name, "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["breaches"]) == (0, []), done.stdout + done.stderr
    assert [each for each in report["warnings"] if "waits" not in each] == []
