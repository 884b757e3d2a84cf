"""Live sound from a source through plugins to the sound device and to clients, sample by sample."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.daemon import eventually
from support.live_daemon import FADE, LiveDaemon, Samples, live_daemon, original

from steadyvoice.client import AsyncClient, Client, RequestRefused, Stream

pytestmark = pytest.mark.realtime
SECOND = 48000


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[LiveDaemon]:
    with live_daemon(tmp_path_factory.mktemp("user"), cache, 'live.duck = "live"\n') as daemon:
        yield daemon


@pytest.fixture
def client(live: LiveDaemon) -> Iterator[Client]:
    """A new device file and no session at the end."""
    with live.daemon.client() as client:
        yield client
    eventually(lambda: not live.daemon.status()["live"])
    eventually(lambda: "input" not in [stage["name"] for stage in live.daemon.status()["stages"]])
    live.samples.write_bytes(b"")


@pytest.mark.alone
def test_without_plugins_the_device_plays_the_source_bit_for_bit(live: LiveDaemon, client: Client) -> None:
    session = client.live("noise:5")
    live.wait_for_sound(2 * SECOND)
    status = live.session
    assert session.cancel().reason == "cancelled"
    assert (status["lost"], status["inserted"], status["underruns"], status["resampled"]) == (0, 0, 0, False)
    assert np.array_equal(live.heard()[: 2 * SECOND], original(2 * SECOND, 5))
    assert (status["source"], status["sink"], status["rate"], status["channels"]) == ("noise:5", "device", SECOND, 1)


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("format", ["f32", "s16"])
def test_a_client_gets_every_sample(client: Client, format: str, inline: bool) -> None:
    options = {"format": format, "inline": inline}
    with client.live_stream("noise:2", **options) as stream:  # type: ignore[arg-type]
        got = taken(stream, SECOND // 2)
    wanted = original(SECOND // 2, 2)
    if format == "s16":
        assert np.abs(got - wanted * 32767).max() <= 0.5
    else:
        assert np.array_equal(got, wanted)


def taken(stream: Stream, samples: int) -> Samples:
    blocks: list[Samples] = []
    for block in stream:
        blocks.append(block)
        if sum(map(len, blocks)) >= samples:
            break
    return np.concatenate(blocks)[:samples]


def test_the_asyncio_client(live: LiveDaemon, client: Client) -> None:
    async def run() -> None:
        async with AsyncClient(live.daemon.socket) as other:
            stream = await other.live_stream("noise:9", "gain:db=-6")
            got = 0
            async for block in stream:
                got += len(block)
                if got > 4800:
                    break
            await other.change_live(stream.id, "gain:db=-12")
            assert [each["parameters"] for each in live.session["through"]] == [{"db": -12.0}]
            assert (await stream.cancel()).reason == "cancelled"

    asyncio.run(run())


@pytest.mark.alone
def test_a_file_ends_by_itself_and_is_played_to_its_end(live: LiveDaemon, client: Client, tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    sound = original(30_000, 3)
    soundfile.write(tmp_path / "x.wav", sound, SECOND, subtype="FLOAT")
    finished = client.live(str(tmp_path / "x.wav")).wait(30)
    assert finished.reason == "done"
    assert finished.duration_s == pytest.approx(30_000 / SECOND, abs=512 / SECOND)
    assert np.array_equal(live.heard()[:30_000], sound)


@pytest.mark.alone
def test_plugins_change_while_it_plays_and_no_sample_is_lost(live: LiveDaemon, client: Client) -> None:
    session = client.live("noise:5", "gain:db=-6")
    live.wait_for_sound(SECOND // 2)
    client.change_live(session.id, "gain:db=-6,gain:db=-6")
    live.wait_for_sound(SECOND // 2)
    client.change_live(session.id, "")
    live.wait_for_sound(SECOND // 2)
    session.cancel()
    heard, wanted = live.heard(), original(3 * SECOND, 5)
    factors = [heard[at : at + FADE] / wanted[at : at + FADE] for at in range(0, len(heard) - 2 * FADE, FADE)]
    steady = [float(each.mean().round(3)) for each in factors if each.std() < 1e-4]
    seen = [factor for at, factor in enumerate(steady) if not at or factor != steady[at - 1]]
    assert [round(each, 3) for each in seen if each] == [0.501, 0.251, 1.0]
    assert len(steady) > 0.9 * len(factors), "every sample has its place, also after each change"


def test_speech_and_live_sound_are_mixed_and_one_is_ducked(live: LiveDaemon, client: Client) -> None:
    session = client.live("tone")
    live.wait_for_sound(SECOND // 4)
    with live.daemon.client() as other:
        assert other.speak("Hello.").wait(30).reason == "done"
    live.wait_for_sound(SECOND // 2)
    session.cancel()
    heard = live.heard()
    spectra = [np.abs(np.fft.rfft(heard[at : at + 4800])) for at in range(0, len(heard) - 4800, 4800)]
    tone = [float(spectrum[44]) for spectrum in spectra]
    others = [float(np.delete(spectrum, range(42, 47)).max()) for spectrum in spectra]
    assert min(tone) < 0.5 * max(tone), "the tone is 12 dB softer while speech is played"
    assert max(others) > 0.1 * max(tone), "speech is played"


def test_a_session_ends_with_its_connection_unless_it_is_detached(live: LiveDaemon, client: Client) -> None:
    with live.daemon.client() as other:
        other.live("silence")
    eventually(lambda: not live.daemon.status()["live"])
    with live.daemon.client() as other:
        number = other.live("silence", detach=True).id
    assert live.session["id"] == number
    assert [heard.id for heard in client.cancel(number)] == [number]


@pytest.mark.parametrize(
    ("source", "through", "code", "what"),
    [
        ("/no/such/file.wav", "", "no_source", "No such file"),
        ("tone:x", "", "no_source", "a tone has"),
        ("tone", "nosuch", "unknown_plugin", "there is no plugin 'nosuch'"),
        ("tone", "gain:db=1000", "bad_parameter", "gain"),
        ("tone", "gain:volume=1", "bad_parameter", "volume"),
        ("tone", "/tmp/x.py", "plugin_not_permitted", "plugins of [live]"),
        ("tone", "os:getcwd", "plugin_not_permitted", "plugins of [live]"),
        ("", "", "bad_message", "source"),
    ],
)
def test_what_cannot_be_had_is_refused_and_leaves_nothing(
    client: Client, source: str, through: str, code: str, what: str
) -> None:
    with pytest.raises(RequestRefused, match=r".*") as refused:
        client.live(source, through)
    assert refused.value.code == code
    assert what in str(refused.value)


def test_a_second_session_and_an_unknown_one_are_refused(client: Client) -> None:
    session = client.live("silence")
    with pytest.raises(RequestRefused) as refused:
        client.live("tone")
    assert (refused.value.code, refused.value.retryable) == ("live_in_use", True)
    with pytest.raises(RequestRefused) as refused:
        client.change_live(session.id, "nosuch")
    assert refused.value.code == "unknown_plugin"
    with pytest.raises(RequestRefused) as refused:
        client.change_live(session.id + 1, "")
    assert refused.value.code == "unknown_utterance"
    session.cancel()


def test_svctl_records_plays_changes_and_stops(live: LiveDaemon, client: Client, tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    sound = original(20_000, 8)
    soundfile.write(tmp_path / "in.wav", sound, SECOND, subtype="PCM_16")
    svctl = live.daemon.svctl
    assert svctl("live", "--from", "in.wav", "--to", "out.wav", cwd=tmp_path).returncode == 0
    got, rate = soundfile.read(tmp_path / "out.wav", dtype="int16")
    assert rate == SECOND
    assert np.array_equal(got[:20_000], soundfile.read(tmp_path / "in.wav", dtype="int16")[0])
    assert not got[20_000:].any()
    assert "exists" in svctl("live", "--from", "in.wav", "--to", "out.wav", cwd=tmp_path).stderr
    nothing = svctl("live", "--stop")
    assert (nothing.returncode, nothing.stderr) == (1, "svctl: no live session is running; start one: svctl live\n")
    assert svctl("live", "--from", "tone", "--detach").returncode == 0
    assert svctl("live", "--change", "--through", "gain:db=-6").returncode == 0
    assert "tone -> gain -> device" in svctl("status").stdout
    assert svctl("live", "--change", "--from", "tone").returncode == 2
    assert svctl("live", "--stop").returncode == 0
