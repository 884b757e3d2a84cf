"""The configuration: its keys, and the one-line message for each error."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.daemon import config
from steadyvoice.daemon.config import Audio, Config, Limits, Live, Metrics, Models, Realtime, Tracing
from steadyvoice.ipc import wire
from steadyvoice.ipc.config_file import ConfigError
from steadyvoice.ipc.gateway_settings import Gateways, Http, Speechd, Wyoming
from steadyvoice.ipc.listening import Listen

EVERYTHING = (Path(__file__).parents[1] / "fixtures" / "everything.toml").read_text()


def load(path: Path, text: str) -> Config:
    file = path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(file)


def refusal(path: Path, text: str) -> str:
    """The message, without the name of the file at its start."""
    with pytest.raises(ConfigError) as caught:
        load(path, text)
    line = str(caught.value)
    start = f"{path / 'config.toml'}: "
    assert line.startswith(start)
    assert "\n" not in line
    return line.removeprefix(start)


def values(struct: msgspec.Struct) -> list[object]:
    """The values of all keys, in the order of their declaration."""
    own = [getattr(struct, field.name) for field in msgspec.structs.fields(struct)]
    return [leaf for each in own for leaf in (values(each) if isinstance(each, msgspec.Struct) else [each])]


def test_empty_file_is_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, "") == load(tmp_path, "# nothing\n[audio]\n") == Config()


def test_every_key_can_be_set(tmp_path: Path) -> None:
    wanted = Config(
        "nova",
        ("hibari", "other"),
        ("shift",),
        "heart",
        ("output", "vocoder"),
        4.0,
        0.0,
        {"fr": "auto"},
        Audio("pulse", 256, 12.5, 3.5),
        Realtime("off"),
        Models("cuda:1", ("soprano",), ("rvc",), 60.0, 5.0, 2000, 3),
        Live("mic:usb", ("/etc/robot.py",), "live", 9.0),
        Listen("cancel", 3, 64, 200, 6.0),
        Limits(1, 2, 3, 4, 4096, 8, 9),
        Metrics(True, "[::1]:9464", "/tmp/speech.prom"),
        Tracing("http://127.0.0.1:4318/v1/traces"),
        Gateways(
            Http(
                ("unix:/run/http",),
                "/etc/token",
                ("speech.example",),
                ("https://chat.example",),
                {"alloy": "heart"},
                64,
                ("192.168.1.5",),
            ),
            Wyoming(("127.0.0.1:1",), ("192.168.0.0/16",), True, 200),
            Speechd("server", {"male1": "heart"}),
        ),
    )
    got = load(tmp_path, EVERYTHING)
    assert got == wanted

    both = zip(values(got), values(Config()), strict=True)
    assert all(set_to != default for set_to, default in both), "a key is missing from this test"


def test_one_key_leaves_the_others_at_their_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, "audio.block = 64") == Config(audio=Audio(block=64))


def test_a_configuration_is_immutable(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        load(tmp_path, "").voice = "x"  # type: ignore[misc]


ALL = (
    "there are: voice, engines, converters, fallback_voice, standby, lookahead_s, incomplete_sentence_timeout_s, "
    "languages, audio, realtime, models, live, listen, limits, metrics, trace, gateways"
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('voise = "nova"', "unknown key 'voise'; did you mean 'voice'?"),
        ("ahead = 3", "unknown key 'ahead'; did you mean 'lookahead_s'?"),
        ("[audio]\nblok = 512", "unknown key 'blok' in [audio]; did you mean 'block'?"),
        ("[audio]\nlatency = 3", "unknown key 'latency' in [audio]; did you mean 'latency_ms'?"),
        ("[limit]\nclients = 3", "unknown key 'limit'; did you mean 'limits'?"),
        ("[realtime]\nmodus = 'off'", "unknown key 'modus' in [realtime]; did you mean 'mode'?"),
        ("[limits]\nstream = 1", "unknown key 'stream' in [limits]; did you mean 'streams'?"),
        ("[audio]\nzzz = 1", "unknown key 'zzz' in [audio]; there are: device, block, latency_ms, device_timeout_s"),
        (
            "[metrics]\naddress = 9464",
            'address in [metrics] must be an IP address or localhost with a port, such as "127.0.0.1:9464", not 9464',
        ),
        (
            "[metrics]\ntextfile = 'x.prom'",
            "textfile in [metrics] must be the absolute path of a file that ends in .prom, not 'x.prom'",
        ),
        (
            "[trace]\notlp = '127.0.0.1:4318'",
            "otlp in [trace] must be a URL such as \"http://127.0.0.1:4318/v1/traces\", not '127.0.0.1:4318'",
        ),
        ("[metrics]\nsocket = 1", "socket in [metrics] must be true or false, not 1"),
        ("[realtime]\ncores = 2", "unknown key 'cores' in [realtime]; there are: mode"),
        ("[gateways.htpp]\nlisten = []", "unknown key 'htpp' in [gateways]; did you mean 'http'?"),
        (
            "[gateways.wyoming]\nzeroconff = 1",
            "unknown key 'zeroconff' in [gateways.wyoming]; did you mean 'zeroconf'?",
        ),
        ("zzz = 1", f"unknown key 'zzz'; {ALL}"),
        ('"a\\nb" = 1', f"unknown key 'a\\nb'; {ALL}"),
        ("[audio.block]\nx = 1", "block in [audio] must be a whole number from 64 to 4096, not a table"),
    ],
)
def test_unknown_key_is_named_with_the_most_similar(tmp_path: Path, text: str, line: str) -> None:
    assert refusal(tmp_path, text) == line


@pytest.mark.parametrize(
    ("key", "low", "high", "step"),
    [
        ("lookahead_s", 0.5, 4, 0.001),
        ("incomplete_sentence_timeout_s", 0, 10, 0.001),
        ("audio.block", 64, 4096, 1),
        ("audio.latency_ms", 1, 500, 0.001),
        ("limits.text_chars", 1, None, 1),
        ("limits.utterances", 1, None, 1),
        ("limits.clients", 1, None, 1),
        ("limits.message_bytes", 4096, wire.MESSAGE_BYTES, 1),
        ("limits.streams", 1, 240, 1),
    ],
)
def test_ranges_and_types(tmp_path: Path, key: str, low: float, high: float | None, step: float) -> None:
    table, _, name = key.rpartition(".")
    place = f"{name} in [{table}]" if table else name
    span = f"{low:g}" if high is None else f"{low:g} to {high:.12g}"
    start = f"{place} must be a {'whole ' if step == 1 else ''}number from {span}, not "
    load(tmp_path, f"{key} = {low}")
    assert refusal(tmp_path, f"{key} = {low - step}") == f"{start}{low - step}"
    if high is not None:
        load(tmp_path, f"{key} = {high}")
        assert refusal(tmp_path, f"{key} = {high + step}") == f"{start}{high + step}"
    for wrong, shown in WRONG.items():
        assert refusal(tmp_path, f"{key} = {wrong}") == f"{start}{shown}"


WRONG = {
    '"3"': "'3'", "true": "true", "[1]": "a list", "[]": "an empty list", "nan": "nan", "-inf": "-inf",
    "1979-05-27": "1979-05-27", "{}": "a table",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("voice = 3", "voice must be text in quotes, not 3"),
        ("fallback_voice = ['heart']", "fallback_voice must be text in quotes, not a list"),
        ("engines = 'hibari'", "engines must be a list of names in quotes, of one at least, not 'hibari'"),
        ("engines = ['hibari', 3]", "each item of engines must be text in quotes, not 3"),
        ("converters = [['shift']]", "each item of converters must be text in quotes, not a list"),
        (
            "standby = ['stage']",
            'each item of standby must be "converter", "flow", "generator", "input", "output" or "vocoder", '
            "not 'stage'",
        ),
        ("audio = 3", "audio must be a table, [audio], not 3"),
        ("[[audio]]\nblock = 64", "audio must be a table, [audio], not a list"),
        ("audio.device = 3", "device in [audio] must be text in quotes, not 3"),
        (
            "audio.device = 'a'\naudio.block = 'many'",
            "block in [audio] must be a whole number from 64 to 4096, not 'many'",
        ),
        ("realtime.mode = 'on'", 'mode in [realtime] must be "auto" or "off", not \'on\''),
        ("realtime.mode = true", 'mode in [realtime] must be "auto" or "off", not true'),
        ("models.device = 'gpu'", 'device in [models] must be "auto", "cpu" or a GPU such as "cuda:0", not \'gpu\''),
        (
            "gateways.http.listen = []",
            "listen in [gateways.http] must be a list of names in quotes, of one at least, not an empty list",
        ),
        (
            "gateways.speechd.voices = 1",
            "voices in [gateways.speechd] must be a table of names and texts in quotes, not 1",
        ),
        ("gateways.speechd.audio = 1", 'audio in [gateways.speechd] must be "own" or "server", not 1'),
        ("limits = 'none'", "limits must be a table, [limits], not 'none'"),
        ("limits.clients = 3.0", "clients in [limits] must be a whole number from 1, not 3.0"),
    ],
)
def test_wrong_type(tmp_path: Path, text: str, line: str) -> None:
    assert refusal(tmp_path, text) == line


def leaves(struct: msgspec.Struct, before: str = "") -> list[str]:
    names: list[str] = []
    for field in msgspec.structs.fields(struct):
        value = getattr(struct, field.name)
        names += leaves(value, f"{before}{field.name}.") if isinstance(value, msgspec.Struct) else [before + field.name]
    return names


@pytest.mark.parametrize("wrong", ["true", "{ x = 1 }", "1979-05-27", "[[1]]"])
@pytest.mark.parametrize(
    "key", [key for key in leaves(Config()) if key not in ("gateways.wyoming.zeroconf", "metrics.socket")]
)
def test_every_key_refuses_a_wrong_type(tmp_path: Path, key: str, wrong: str) -> None:
    """No message shows the wording of the library."""
    line = refusal(tmp_path, f"{key} = {wrong}")
    assert key.rpartition(".")[2] in line
    assert " must be " in line
    assert not {"$", "Expected"}.intersection(line.split()), line
    assert "`" not in line


@pytest.mark.parametrize(
    "text",
    [
        *["voice", "voice = ", "[audio", "voice = 'a", "voice = 'a'\nvoice = 'b'", "\x00", "a = 01"],
        "{}",
        pytest.param("limits.clients = 1" + "0" * 5000, id="digits"),
        pytest.param("voice = " + "[" * 100_000, id="deep"),
    ],
)
def test_broken_toml(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, text).startswith("not TOML: ")


@given(text=st.text(st.sampled_from("abv[]=\"'.\n#1\\{},- é")))
def test_any_text_is_a_config_or_a_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    line = ""
    try:
        load(tmp_path_factory.getbasetemp(), text)
    except ConfigError as error:
        line = str(error)
    assert "\n" not in line


def test_names_beyond_ascii(tmp_path: Path) -> None:
    assert load(tmp_path, "audio.device = 'Lautsprecher Küche'").audio.device == "Lautsprecher Küche"
