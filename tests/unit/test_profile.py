"""``svctl profile`` without a process: the functions of a record, py-spy's command and what it says."""

import sys
from pathlib import Path

import pytest

from steadyvoice.client.svctl import py_spy
from steadyvoice.client.svctl.profile import text
from steadyvoice.client.svctl.stack_samples import Function, functions, samples
from steadyvoice.ipc.errors import NotInstalled

COLLAPSED = """\
<module> (__main__.py:25);step (generator.py:110);run (acoustic.py:40) 6
<module> (__main__.py:25);step (generator.py:110);spoken (front_end.py:7);spoken (front_end.py:7) 3
<module> (__main__.py:25);step (generator.py:110) 1
no count
"""


def test_functions_of_a_record() -> None:
    assert samples(COLLAPSED) == 10
    assert functions(COLLAPSED) == [
        Function("run (acoustic.py:40)", 6, 6),
        Function("spoken (front_end.py:7)", 3, 3),
        Function("step (generator.py:110)", 1, 10),
        Function("<module> (__main__.py:25)", 0, 10),
    ]
    assert functions("") == []


def test_the_text() -> None:
    assert text("generator hibari", COLLAPSED, 50, 2).splitlines() == [
        "stage generator hibari computed in 10 of 50 samples (2 could not be read)",
        " self  total",
        "  60 %   60 %  run (acoustic.py:40)",
        "  30 %   30 %  spoken (front_end.py:7)",
        "  10 %  100 %  step (generator.py:110)",
        "   0 %  100 %  <module> (__main__.py:25)",
    ]


def test_the_stage_is_never_stopped() -> None:
    command = py_spy.command("/bin/py-spy", 7, 5, 100, "raw", "x.txt")
    assert command == [
        "/bin/py-spy", "record", "--nonblocking", "--pid=7", "--duration=5", "--rate=100", "--format=raw",
        "--output=x.txt",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("Error: Permission Denied: Try running again with elevated permissions by going 'sudo env …'", "sudo svctl"),
        ("Error: Failed to copy\nReason: Operation not permitted (os error 1)", "sudo svctl"),
        ("Error: No stack counts found", "let it speak"),
        (
            "py-spy> Sampling\nError: process 7 is no python\nReason: it has ended\n",
            "Error: process 7 is no python: Re",
        ),
        ("", "py-spy failed: without a reason"),
    ],
)
def test_what_py_spy_says(said: str, problem: str) -> None:
    assert problem in py_spy.problem(said)
    assert "\n" not in py_spy.problem(said)


def test_without_py_spy_one_line_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalled, match=r"^py-spy is not installed; install it: .*-m pip install .*\[profile\]'?$"):
        py_spy.executable()
    (tmp_path / "py-spy").touch(mode=0o700)
    assert py_spy.executable() == str(tmp_path / "py-spy")


def test_the_samples_that_could_not_be_read() -> None:
    assert py_spy.errors("py-spy> Wrote raw flamegraph data to 'x'. Samples: 200 Errors: 3") == 3
    assert py_spy.errors("") == 0
