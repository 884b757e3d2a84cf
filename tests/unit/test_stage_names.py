"""Which stage a name on the command line means."""

import pytest
from support.status import STATUS

from steadyvoice.client.svctl.stage_names import choose, label
from steadyvoice.ipc.daemon_status import StageStatus
from steadyvoice.ipc.errors import RequestRefused

HIBARI: list[StageStatus] = STATUS["stages"]
SOPRANO: list[StageStatus] = [{**stage, "engine": "soprano", "pid": stage["pid"] + 10} for stage in HIBARI[:2]]
RVC: StageStatus = {**HIBARI[2], "family": "rvc", "pid": 0}


@pytest.mark.parametrize(
    ("stages", "wanted", "found"),
    [
        (HIBARI, "generator", "generator hibari"),
        (HIBARI, "generator hibari", "generator hibari"),
        (HIBARI, " generator   hibari ", "generator hibari"),
        ([*SOPRANO, *HIBARI], "vocoder soprano", "vocoder soprano"),
        ([*HIBARI, RVC], "converter", "converter"),
    ],
)
def test_found(stages: list[StageStatus], wanted: str, found: str) -> None:
    assert label(choose(stages, wanted)) == found


@pytest.mark.parametrize(
    ("stages", "wanted", "message"),
    [
        ([*SOPRANO, *HIBARI], "vocoder", "several stages are a vocoder; name one: vocoder hibari, vocoder soprano"),
        (HIBARI[:2], "mixer", "there is no stage 'mixer'; there are: generator hibari, vocoder hibari"),
        (HIBARI[:1], "hibari", "there is no stage 'hibari'; there are: generator hibari"),
        ([], "output", "there is no stage 'output'; there are: none yet"),
        ([RVC], "converter rvc", "stage converter rvc has no process at present (ready); see svctl status"),
    ],
)
def test_refused(stages: list[StageStatus], wanted: str, message: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        choose(stages, wanted)
    assert str(refused.value) == message
