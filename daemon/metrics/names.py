"""The names of all metrics, with type, labels and meaning. docs/metrics.md has the same table; a test compares them."""

from typing import Final, Literal, NamedTuple


class Name(NamedTuple):
    name: str
    """Without the prefix ``steadyvoice_``."""
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str
    octaves: tuple[int, int] = (0, 0)
    """Of a histogram; see MetricFamily. 10: 1 ms; 20: 1 s."""


NAMES: Final = (
    Name("first_audio_seconds", "histogram", ("sink",), "From the request to the first sample at the sink.", (9, 24)),
    Name("queue_seconds", "histogram", ("sink",),
         "Part of that before the utterance had a lane: the wait for others, or for a model.", (7, 26)),
    Name("hop_seconds", "histogram", ("stage",),
         "From the end of the stage before until this stage took the block: its wake-up, or the wait for other blocks.",
         (2, 22)),
    Name("stage_block_seconds", "histogram", ("stage",), "Work of a stage on a block.", (4, 24)),
    Name("jitter_seconds", "histogram", ("sink",),
         "By how much later than the sound device had room for it a block was given to the device.", (4, 20)),
    Name("ahead_seconds", "histogram", ("sink",),
         "How long before its listener needed it a block had been made; up to 1 us: too late.", (7, 23)),
    Name("underruns_total", "counter", ("stage",),
         "Times the sound device played silence although samples were due, by the stage that was late."),
    Name("underrun_late_seconds", "histogram", ("stage",), "By how much the stage was late.", (7, 24)),
    Name("ring_slots", "gauge", ("ring",), "Slots of a ring between two stages."),
    Name("ring_used_slots", "gauge", ("ring",), "Slots that are waiting to be read or are being read."),
    Name("ring_full_total", "counter", ("ring",), "Times the writing stage found no free slot."),
    Name("utterances_active", "gauge", (), "Utterances in the stages."),
    Name("utterances_queued", "gauge", (), "Utterances that wait for a lane."),
    Name("streams_limit", "gauge", (), "Utterances for clients that may be active at a time."),
    Name("streams_at_limit_total", "counter", (),
         "Utterances for clients that had to wait because as many as are allowed were active."),
    Name("utterances_total", "counter", ("reason",), "Utterances that have ended, by reason."),
    Name("refused_total", "counter", ("code",), "Requests that were refused, by code."),
    Name("stage_restarts_total", "counter", ("stage", "cause"), "Processes of a stage that have ended, by cause."),
    Name("stage_recovery_seconds", "histogram", (), "From the end of a process until its replacement works.", (12, 26)),
    Name("stage_busy_seconds_total", "counter", ("stage",), "Seconds of work of a stage, on all blocks."),
    Name("speech_seconds_total", "counter", ("engine",), "Seconds of speech that an engine has made, without pauses."),
    Name("cancel_seconds", "histogram", ("until",),
         "From a cancel of what is heard on the sound device until the output is silent, or the device is.", (9, 21)),
    Name("heard_chars_total", "counter", (), "Characters of ended utterances that were heard."),
    Name("models_resident", "gauge", ("engine",), "1: the model of an engine or a family of converters is loaded."),
    Name("model_load_seconds", "histogram", (), "Time that loading a model took.", (14, 26)),
    Name("stage_memory_bytes", "gauge", ("stage", "kind"),
         "Memory of a stage: all (rss), shared memory in parts (pss), of that what is never paged out (locked)."),
    Name("ready", "gauge", (), "1: all stages are warm, and speech can begin at once."),
    Name("build_info", "gauge", ("version",), "1, with the version of the daemon."),
    Name("start_time_seconds", "gauge", (), "When the daemon was started, since the epoch."),
)  # fmt: skip
