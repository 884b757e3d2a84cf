"""What is known of an utterance, for its trace."""

from collections.abc import Sequence

from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.tracing.known import Known
from steadyvoice.ipc.messages import Finished


def known(utterance: Utterance, stages: Sequence[str], finished: Finished | None = None, now_ns: int = 0) -> Known:
    """stages: names along its path. finished: how it has ended, at ``now_ns``."""
    spec, timings = utterance.spec, utterance.timings
    found = Known(
        utterance.id,
        "speech",
        "device" if utterance.to_device else "pcm",
        list(stages),
        utterance.origin_ns,
        spec.sink_rate,
        timings.admitted_ns,
        timings.first_ns,
        voice=spec.voice,
        converter=spec.converter,
        chars=utterance.chars,
        traceparent=utterance.traceparent,
        gaps=list(timings.gaps),
        ends=timings.ends,
    )
    if finished is not None:
        found.ended_ns, found.reason = now_ns, finished.reason
        found.heard_chars, found.duration_s = finished.heard_chars, finished.duration_s
    return found
