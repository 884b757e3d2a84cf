"""A plugin that fails in any way is left out with one line in the log; ``heart`` and other plugins speak."""

import re
from contextlib import AbstractContextManager
from itertools import product
from pathlib import Path

import pytest
from support import plugins
from support.daemon import Daemon, configured, eventually, user_env
from support.matrix import only

RAISES = {
    "import": ("engine", 'raise ImportError("no such thing")'),
    "syntax": ("engine", "def (:"),
    "exit": ("engine", "raise SystemExit(3)"),
    "interrupt": ("engine", "raise KeyboardInterrupt"),
    "own": ("engine", 'class Own(BaseException): pass\nraise Own("mine")'),
    "nothing": ("engine", ""),
    "init": ("engine", "class Plugin:\n    def __init__(self): raise EOFError('at once')"),
    "spec": ("engine", "class Plugin: pass"),
}
"""Code in place of an engine."""


def fails(error: str) -> str:
    return f"def fail(*_, **__): raise {error}\n"


CHANGED = {
    "voices": fails("OSError(5, 'Input/output error')") + "Plugin.voices = fail",
    "voices-none": "Plugin.voices = lambda self: None",
    "voices-endless": "def more(self):\n    while True: yield Voice('zzz', 'zxx', 24000, 'x')\nPlugin.voices = more",
    "generator": fails("LookupError('none')") + "Plugin.generator = fail",
    "generator-none": "Plugin.generator = lambda self: None",
    "warmup": fails("MemoryError()") + "Plugin.warmup = fail",
    "warmup-exit": fails("SystemExit(0)") + "Plugin.warmup = fail",
    "warmup-recursion": "def fail(self): return fail(self)\nPlugin.warmup = fail",
    "message": fails("ValueError('line\\nline\\x1b[31m' + 'x' * 1_000_000)") + "Plugin.warmup = fail",
    "unsupported_text": "class E(Exception):\n    def __str__(self): raise ValueError\n"
    + fails("E()")
    + "Plugin.warmup = fail",
    "vocoder": fails("StopIteration()") + "Plugin.vocoder = fail",
    "dim": "Plugin.spec = FrameSpec('pitch', 1 << 20, 2400)",
    "dim-text": "Plugin.spec = FrameSpec('pitch', '1', 2400)",
}
"""Code after that of a working engine."""
ENDS = ["os._exit(0)", "os.kill(os.getpid(), 11)", "time.sleep(1000)"]


def left_out(daemon: Daemon) -> dict[str, str]:
    return {each["what"]: each["reason"] for each in daemon.status()["left_out"]}


def check(daemon: Daemon, *whats: str) -> None:
    """Exactly these items must be left out, each with one line in the log; ``heart`` must speak."""
    assert left_out(daemon).keys() == set(whats), daemon.log
    for what, reason in left_out(daemon).items():
        assert daemon.log.count(f"{what} is left out") == 1, daemon.log
        assert reason
        assert reason.isprintable()
        assert len(reason) < 600
    assert "Traceback" not in daemon.log
    with daemon.client() as client:
        assert sum(map(len, client.stream("Hello there."))) > 12000
        assert [voice.name for voice in client.voices() if voice.default] == ["heart"]


def daemon_with(tmp_path: Path, cache: Path, groups: dict[str, list[str]]) -> AbstractContextManager[Daemon]:
    """A daemon with these engines and converters beside the built-in ones."""
    engines = ["hibari", *groups.get("engines", [])]
    converters = ["shift", *groups.get("converters", [])]
    lines = f'engines = {engines}\nconverters = {converters}\naudio.device = "null"\n'
    lines += f"models.preload = {[*engines, *groups.get('converters', [])]}\n"
    return configured(tmp_path, cache, lines, PYTHONPATH=str(tmp_path))


def test_engines_that_raise_during_loading_are_left_out(tmp_path: Path, cache: Path) -> None:
    """All of them in one daemon."""
    for name, (_, code) in RAISES.items():
        plugins.install(tmp_path, "engines", f"e_{name}", code, instead=True)
    for name, code in CHANGED.items():
        plugins.install(tmp_path, "engines", f"c_{name.replace('-', '_')}", code)
    plugins.install(tmp_path, "engines", "works")
    engines = [f"e_{name}" for name in RAISES] + [f"c_{name.replace('-', '_')}" for name in CHANGED]
    expected = {f"engine {name}" for name in engines} - {"engine c_vocoder", "engine c_voices_endless"}
    expected |= {"voice c_vocoder of c_vocoder", "second voice zzz of c_voices_endless", "engine nowhere"}
    with daemon_with(tmp_path, cache, {"engines": [*engines, "nowhere", "works"]}) as daemon:
        check(daemon, *expected)
        assert "no installed package brings it" in left_out(daemon)["engine nowhere"]
        with daemon.client() as client:
            assert len([*client.stream("one two", voice="works")])
            known = {voice.name: voice.installed for voice in client.voices()}
            assert known["works"] is True
            assert known["c_vocoder"] is False


def test_converters_that_raise_during_loading_are_left_out(tmp_path: Path, cache: Path) -> None:
    changed = {
        "converters": fails("PermissionError(13, 'Permission denied', '/x')") + "Plugin.converters = fail",
        "warmup": fails("KeyboardInterrupt()") + "Plugin.warmup = fail",
        "preload": fails("EOFError()") + "Plugin.preload = fail",
        "garbage": "Plugin.converters = lambda self: [3, None, Converter('', 'x', 0), Converter('a\\nb', 'x', 0),"
        " Converter('ok', 'x', latency_ms='much'), Converter('fine', 'CC0-1.0', 1.0)]",
        "hides": "Plugin.converters = lambda self: [Converter('shift', 'x', 0)]",
    }
    for name, code in changed.items():
        plugins.install(tmp_path, "converters", f"f_{name}", code)
    names = [f"f_{name}" for name in changed]
    with daemon_with(tmp_path, cache, {"converters": names}) as daemon:
        check(
            daemon, "converters f_converters", "converters f_warmup", "preload of converters f_preload",
            "converter None of f_garbage", "converter '' of f_garbage", r"converter 'a\nb' of f_garbage",
            "converter ok of f_garbage", "converter shift of f_hides",
        )  # fmt: skip
        with daemon.client() as client:
            known = {each.name: each.installed for each in client.converters()}
            assert known["shift"]
            assert known["f_preload"]
            assert known["fine"]
            assert not known["f_warmup"]
            assert [*client.stream("one", pitch=2.0)]
            assert [*client.stream("one", converter="f_preload")]


def test_invalid_voices_of_an_engine_are_left_out(tmp_path: Path, cache: Path) -> None:
    """Of voices with the same name, the first engine's is used."""
    garbage = """
class Odd: name, language, sample_rate, licence, installed = "odd", "zxx", 24000.0, "x", True
Plugin.voices = lambda self: [
    3, Odd, Voice("", "zxx", 24000, "x"), Voice("a\\nb", "zxx", 24000, "x"), Voice("\\udc80", "zxx", 24000, "x"),
    Voice("x" * 300, "zxx", 24000, "x"), Voice("heart", "zxx", 24000, "x"), Voice("fast", "zxx", 10**9, "x"),
    Voice("twice", "zxx", 24000, "x"), Voice("twice", "zxx", 24000, "x"), Voice("good", "zxx", 24000, "x"),
]
"""
    plugins.install(tmp_path, "engines", "odd", garbage)
    plugins.install(tmp_path, "engines", "other", "Plugin.voices = lambda self: [Voice('twice', 'zxx', 24000, 'x')]")
    with daemon_with(tmp_path, cache, {"engines": ["odd", "other"]}) as daemon:
        found = left_out(daemon)
        check(daemon, *found)
        assert len(found) == 10
        assert "hibari has one of that name" in found["voice heart of odd"]
        assert "odd has one of that name" in found["voice twice of other"]
        with daemon.client() as client:
            assert {voice.name for voice in client.voices() if voice.engine == "odd"} == {"twice", "good"}
            assert [*client.stream("one", voice="good")]


def _kept(where: str, end: str) -> bool:
    """Each end once; the place decides only which process it is, and what is then left out."""
    return (where, end) in {("import", ENDS[0]), ("warmup", ENDS[1]), ("warmup", ENDS[2])}


@pytest.mark.parametrize(
    ("where", "end"), only(_kept, product(["import", "warmup", "preload", "voices", "vocoder"], ENDS))
)
def test_an_engine_that_ends_or_hangs_its_process_is_left_out_of_the_next_process(
    tmp_path: Path, cache: Path, where: str, end: str
) -> None:
    code = f"import os, time\n{end}" if where == "import" else f"import os, time\nPlugin.{where} = lambda *_: {end}"
    plugins.install(tmp_path, "engines", "deadly", code)
    plugins.install(tmp_path, "engines", "works")
    with daemon_with(tmp_path, cache, {"engines": ["deadly", "works"]}) as daemon:
        what = {"preload": "preload of engine deadly", "vocoder": "voice deadly of deadly"}.get(where, "engine deadly")
        check(daemon, what)
        reason = left_out(daemon)[what]
        assert re.search("hung" if "sleep" in end else "ended", reason)
        with daemon.client() as client:
            assert [*client.stream("one", voice="works")]
            installed = {voice.name for voice in client.voices() if voice.installed}
            assert ("deadly" in installed) == (where == "preload")


@pytest.mark.long
@pytest.mark.parametrize("group", ["engines", "converters"])
def test_a_plugin_with_an_endless_loop_is_left_out(tmp_path: Path, cache: Path, group: str) -> None:
    plugins.install(tmp_path, group, "loops", "def loop(*_):\n    while True: pass\nPlugin.warmup = loop")
    settings = f'{group} = ["{"hibari" if group == "engines" else "shift"}", "loops"]\naudio.device = "null"\n'
    settings += 'models.preload = ["hibari", "loops"]\n'
    (tmp_path / "config.toml").write_text(settings)
    env = user_env(tmp_path, cache, PYTHONPATH=str(tmp_path))
    daemon = Daemon(env, ["--config", str(tmp_path / "config.toml")]).start()
    try:
        eventually(daemon.socket.exists)
        eventually(lambda: daemon.status()["ready"], 100)
        eventually(lambda: left_out(daemon), 100)
        check(daemon, "engine loops" if group == "engines" else "converters loops")
    finally:
        assert daemon.stop() == 0
