"""A real daemon, a real sound server, and a look at what they leave behind."""

import gc
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings
from support import ordinary
from support.daemon import Daemon, alive, configured, eventually, user_env
from support.recogniser import Recogniser

from steadyvoice.workers import optional

pytest_plugins = [
    "support.card",
    "support.clients",
    "support.hibari",
    "support.kokoro",
    "support.sound",
    "support.svctl",
]

SHM = Path("/dev/shm")
UNIT = Path(__file__).parent / "unit"
FIRST = (
    "test_working_directory", "test_bench", "test_bench_soak", "test_cards", "test_device", "test_systemd",
    "test_sound", "test_svctl_terminal", "test_transport", "test_killed", "test_wrong", "test_speak_long",
    "test_piper", "test_plugins",
    "test_store_pull", "test_store_pull_more", "test_svctl_life", "test_store_converters", "test_store_voices",
    "test_svctl_log", "test_svctl_streams", "test_writer",
)  # fmt: skip
"""Of files, which scripts/check distributes in the order of collection: those that take longest."""
# Several tests run at once: torch's threads would wait for each other, at full load. A stage gets its own number.
os.environ.setdefault("OMP_NUM_THREADS", "1")
settings.register_profile("quick", deadline=None, max_examples=30)  # a busy machine is no failure
settings.register_profile("long", deadline=None, max_examples=100)
# A shell that runs the tests in the background has them ignore Ctrl-C, and with them whatever they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup's


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also the tests that take minutes")
    parser.addoption("--examples", type=int, metavar="N", help="of each property test")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import only the files that may have what the marker expression begins with: all of them take seconds."""
    asked = re.match(r"(not unit|unit|alone|realtime)(?= and |$)", config.option.markexpr)
    if asked is None or collection_path.suffix != ".py":
        return None
    if asked[0].endswith("unit"):
        return is_unit(collection_path) != (asked[0] == "unit") or None
    return f"mark.{asked[0]}" not in collection_path.read_text() or None


def is_unit(path: Path) -> bool:
    return UNIT in path.parents


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("long" if config.getoption("--long") else "quick")
    if (examples := config.getoption("--examples")) is not None:
        settings.register_profile("asked", deadline=None, max_examples=examples)
        settings.load_profile("asked")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first, as several run at once; what is marked ``long`` only where it was asked for."""
    for item in items:
        if is_unit(item.path):
            item.add_marker("unit")
    order = {name: at for at, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))
    if not config.getoption("--long"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("long")])
        items[:] = [item for item in items if not item.get_closest_marker("long")]


@pytest.fixture(scope="session", autouse=True)
def _garbage_is_the_tests_own() -> None:
    """Many tests collect it, and would each look through all that was imported before."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what a process once failed to load it remembers."""
    monkeypatch.setattr(optional, "left_out", {})


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the cut model is kept, made once for all tests; scripts/check makes it for all processes that run tests."""
    made = os.environ.get("TESTS_CACHE")
    return Path(made) if made else tmp_path_factory.mktemp("cache")


@pytest.fixture
def own_cache(tmp_path: Path, cache: Path) -> Path:
    """A copy of ``cache``, for tests that purge it."""
    return Path(shutil.copytree(cache, tmp_path / "cache"))


@pytest.fixture(scope="session", autouse=True)
def _nothing_left_in_shm() -> Iterator[None]:
    """PortAudio's JACK backend creates a directory per user in /dev/shm when it lists devices: those are removed."""
    before = set(os.listdir(SHM))
    yield
    jack = {f"jack_db-{user}" for user in (os.getuid(), ordinary.UID)} - before
    eventually(lambda: not set(os.listdir(SHM)) - before - jack)  # other tests that run now have names for a moment
    for name in jack:
        shutil.rmtree(SHM / name, ignore_errors=True)


@pytest.fixture
def make_daemon(tmp_path: Path, cache: Path) -> Iterator[Callable[..., Daemon]]:
    """Make daemons that are stopped at the end of the test, and must leave nothing."""
    made: list[Daemon] = []

    def make(*args: str, **env: str) -> Daemon:
        daemon = Daemon(user_env(tmp_path / f"user{len(made)}", cache, **env), list(args))
        made.append(daemon)
        return daemon.start()

    yield make
    for daemon in made:
        daemon.stop()


@pytest.fixture(scope="session")
def shared_daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Callable[[str], Daemon]]:
    """Return a ready daemon with these lines of configuration, the same at each call. A test leaves it ready."""
    daemons: dict[str, Daemon] = {}
    with ExitStack() as stack:

        def of(configuration: str) -> Daemon:
            if configuration not in daemons:
                own = configured(tmp_path_factory.mktemp("user"), cache, configuration)
                daemons[configuration] = stack.enter_context(own)
            return daemons[configuration]

        yield of
        pids = [pid for daemon in daemons.values() for pid in daemon.pids().values()]
    assert not any(alive(pid) for pid in pids)
    assert not any(daemon.socket.exists() for daemon in daemons.values())


@pytest.fixture(scope="module")
def daemon(request: pytest.FixtureRequest, shared_daemon: Callable[[str], Daemon]) -> Daemon:
    """A ready daemon with the module's CONFIGURATION; without one, without a sound device."""
    return shared_daemon(getattr(request.module, "CONFIGURATION", ""))


@pytest.fixture(scope="session")
def recogniser() -> Recogniser:
    return Recogniser()


@pytest.fixture
def one_processor() -> Iterator[None]:
    """One thread of torch, as in the stage: on a busy machine, several threads wait for each other."""
    import torch

    processors, threads = os.sched_getaffinity(0), torch.get_num_threads()
    os.sched_setaffinity(0, {min(processors)})
    torch.set_num_threads(1)
    yield
    os.sched_setaffinity(0, processors)
    torch.set_num_threads(threads)
