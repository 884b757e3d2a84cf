"""Listeners of a gateway in threads of their own, which go on where their speech was interrupted.

As a program in the namespace of a cluster: its argument is JSON, ``url``, ``texts`` and ``speed``. It writes "begun"
when all have heard a second, and at the end what each has heard.
"""

import hashlib
import json
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from steadyvoice.client.resuming_http import ResumingHttpStream
from steadyvoice.client.svctl.bench.listeners import SENTENCES

STREAMS = 24
TEXTS = ["".join(SENTENCES[at % 6 :] + SENTENCES[: at % 6]) for at in range(STREAMS)]
"""Half a minute each, of which ten seconds fit into the buffers between the daemon and the player."""
_RATE = 24_000


@dataclass
class Heard:
    samples: int = 0
    digest: str = ""
    """SHA-256 of all samples."""
    resumed: int = 0
    """How often the stream was gone on with."""
    silent_s: float = 0.0
    """The longest time without a sample."""
    problem: str = ""


def listen(url: str, text: str, speed: float = 1.0, begun: threading.Semaphore | None = None) -> Heard:
    """Take the samples as a player does that is so much faster than speech; 0: as they come."""
    heard, digest = Heard(), hashlib.sha256()
    stream = ResumingHttpStream([url], text)
    began = last = time.monotonic()
    try:
        for block in stream:
            now = time.monotonic()
            heard.silent_s = max(heard.silent_s, now - last)
            digest.update(block)
            before, heard.samples = heard.samples, heard.samples + len(block) // 2
            if begun is not None and before < _RATE <= heard.samples:
                begun.release()
            if speed:
                time.sleep(max(0.0, began + heard.samples / _RATE / speed - now))
            last = time.monotonic()
    except Exception as error:
        heard.problem = f"{type(error).__name__}: {error}"
    heard.digest, heard.resumed = digest.hexdigest(), stream.resumed
    return heard


def check(heard: Sequence[Heard], expected: Mapping[str, Heard], what: str) -> None:
    """All texts were heard whole, with the samples of the undisturbed ones; some of them were interrupted."""
    assert not [each for each in heard if each.problem]
    wanted = [(expected[text].samples, expected[text].digest) for text in TEXTS]
    assert [(each.samples, each.digest) for each in heard] == wanted
    resumed = sorted(each.silent_s for each in heard if each.resumed)
    assert resumed
    middle, longest = resumed[len(resumed) // 2], resumed[-1]
    print(f"{what}: {len(resumed)} of {len(heard)} streams were interrupted, for {middle:.2f} s (p50), {longest:.2f} s")


def main() -> None:
    given = json.loads(sys.argv[1])
    begun = threading.Semaphore(0)
    with ThreadPoolExecutor(len(given["texts"])) as pool:
        heard = [pool.submit(listen, given["url"], text, given["speed"], begun) for text in given["texts"]]
        for _ in heard:
            begun.acquire(timeout=60)
        print("begun", flush=True)
        print(json.dumps([asdict(each.result()) for each in heard]), flush=True)


if __name__ == "__main__":
    main()
