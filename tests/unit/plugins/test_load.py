"""Finding of plugins: entry points, permitted modules and files, and what is said where that fails."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from support.plugins import install

from steadyvoice.workers.plugins import load
from steadyvoice.workers.plugins.plugin import PluginRefused

ROBOT = """
import numpy as np
from steadyvoice.workers.plugins.plugin import Parameter

class Robot:
    hz = Parameter(50.0, 1, 500, "Hz")
    def process(self, block):
        return block
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "robot.py"
    path.write_text(ROBOT)
    return path


def problem(reference: str, *allowed: str) -> str:
    with pytest.raises(PluginRefused) as refused:
        load.find(reference, allowed)
    assert "\n" not in str(refused.value)
    return f"{refused.value.code}: {refused.value}"


def test_built_in_plugins_are_found_and_have_parameters() -> None:
    assert {"agc", "converter", "gain", "highpass", "lowpass", "noise", "shift", "sine"} <= set(load.installed())
    found = load.find("gain")
    assert (found.name, list(found.parameters)) == ("gain", ["db"])
    assert found.source.endswith("basic.py")


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    assert problem("gian").startswith("unknown_plugin: there is no plugin 'gian'; did you mean gain?")
    assert "there are agc, converter, gain," in problem("xyzzy")


@pytest.mark.parametrize("how", ["{file}", "{file}:Robot"])
def test_a_permitted_file(file: Path, how: str) -> None:
    for allowed in (str(file), how.format(file=file)):
        found = load.find(how.format(file=file), (allowed,))
        assert list(found.parameters) == ["hz"]
        assert found.name == ("Robot" if ":" in how else "robot")
        assert found.source == str(file)


def test_home_and_links_are_followed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(file.parent))
    (file.parent / "link.py").symlink_to(file)
    for reference in ("~/robot.py", str(file), "~/link.py"):
        for allowed in ("~/robot.py", str(file), "~/link.py"):
            assert load.find(reference, (allowed,)).parameters.keys() == {"hz"}


@pytest.mark.parametrize("allowed", [(), ("gain",), ("robot.py",), ("{file}:Other",), ("{file}x",), ("{folder}",)])
def test_a_file_that_is_not_permitted_is_not_read(file: Path, allowed: tuple[str, ...]) -> None:
    file.write_text("raise SystemExit('read')")
    known = tuple(each.format(file=file, folder=file.parent) for each in allowed)
    said = problem(str(file), *known)
    assert said.startswith(f"plugin_not_permitted: {file} is not permitted")
    assert f'"{file}" to the list plugins of [live]' in said


def test_only_one_class_of_a_file_may_be_permitted(file: Path) -> None:
    allowed = f"{file}:Robot"
    assert load.find(f"{file}:Robot", (allowed,))
    assert "not permitted" in problem(str(file), allowed)


def test_a_module_needs_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "robots_of_test.py").write_text(ROBOT)
    monkeypatch.syspath_prepend(tmp_path)
    assert "not permitted" in problem("robots_of_test:Robot")
    assert "robots_of_test" not in sys.modules
    for allowed in ("robots_of_test", "robots_of_test:Robot"):
        assert load.find("robots_of_test:Robot", (allowed,)).name == "Robot"
    said = problem("robots_of_test:Rabot", "robots_of_test")
    assert "there is no Rabot; the module has Robot" in said
    assert "ModuleNotFoundError: No module named 'no_such'" in problem("no_such:Robot", "no_such")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 1", "has no plugin: a class with a method process(self, block), or a function process(block)"),
        (ROBOT + "class Second(Robot): pass", "has several: Robot, Second; name one, as in {file}:Robot"),
        ("import numpy\nnumpy.nothing", "AttributeError: module 'numpy' has no attribute 'nothing' (robot.py, line 2)"),
        ("def process(block):\n    return (", "SyntaxError: '(' was never closed (robot.py, line 2)"),
        ("raise SystemExit(3)", "plugin_failed: {file} failed: SystemExit: 3 (robot.py, line 1)"),
        ("raise KeyboardInterrupt", "plugin_failed: {file} failed: KeyboardInterrupt (robot.py, line 1)"),
        ("from steadyvoice.workers.plugins.plugin import Parameter\nclass A:\n    a = Parameter(9.0, 0, 1)",
         "the default is 9.0; it takes 0 to 1"),
        ("\0", "null bytes"),
    ],
)  # fmt: skip
def test_a_file_without_a_plugin_or_with_a_mistake(file: Path, code: str, said: str) -> None:
    file.write_text(code)
    assert said.format(file=file) in problem(str(file), str(file))


def test_a_missing_file_and_wrong_paths(tmp_path: Path) -> None:
    missing = str(tmp_path / "no.py")
    assert f"there is no plugin No such file or directory: {missing}" in problem(missing, missing)
    for reference in ("robot.py", "a/robot.py", "/tmp/robot.txt"):
        assert "is given from / or ~ and ends in .py" in problem(reference, reference)
    (tmp_path / "folder.py").mkdir()
    assert "failed: " in problem(str(tmp_path / "folder.py"), str(tmp_path / "folder.py"))


def test_a_changed_file_is_read_again(file: Path) -> None:
    first = load.find(str(file), (str(file),))
    assert load.find(str(file), (str(file),)).version == first.version
    file.write_text(ROBOT.replace("50.0", "60.0"))
    os.utime(file, (1, 1))
    second = load.find(str(file), (str(file),))
    assert second.version != first.version
    assert (first.parameters["hz"].default, second.parameters["hz"].default) == (50.0, 60.0)


def test_a_function_is_a_plugin_and_a_class_alone_as_well(file: Path) -> None:
    file.write_text("def process(block):\n    return block * 2\n\ndef other(block):\n    return block\nnumber = 5")
    block = np.ones(512, np.float32)
    assert load.find(str(file), (str(file),)).make().process(block)[0] == 2
    assert load.find(f"{file}:other", (str(file),)).make().process(block) is block
    assert "is neither a class nor a function" in problem(f"{file}:number", str(file))


def test_entry_points_of_other_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "plugins", "wobble")
    install(tmp_path, "plugins", "broken", "raise ValueError('no model')", instead=True)
    install(tmp_path, "plugins", "empty", "class Plugin: pass", instead=True)
    monkeypatch.syspath_prepend(tmp_path)
    assert load.find("wobble").name == "wobble"
    assert problem("broken") == "plugin_failed: broken failed: ValueError: no model (broken.py, line 1)"
    assert "has no method process" in problem("empty")
