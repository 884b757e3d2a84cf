"""Names made of paths."""

import pytest

from steadyvoice.workers.store.naming import MOST_CHARS, suggested_name
from steadyvoice.workers.store.place import valid

COMMIT = "9f3e1c2d" * 5


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v/ann.pth", "ann"),
        ("/v/Ann_v2.pth", "Ann_v2"),
        ("/v/ann.v2.pth", "ann.v2"),
        ("/v/My Voice.pth", "My-Voice"),
        ("/v/  My   Voice  .pth", "My-Voice"),
        ("/v/ann (1).pth", "ann"),
        ("/v/Zoë Müller.pth", "Zoe-Muller"),
        ("/v/Zoe\u0308.pth", "Zoe"),
        ("/v/Straße Łódź.pth", "Strasse-Lodz"),
        ("/v/Ann \u2013 studio.pth", "Ann-studio"),
        ("/v/Ann's voice!.pth", "Ann-s-voice"),
        ("/v/\uff21\uff4e\uff4e.pth", "Ann"),
        ("/v/ann 🎤.pth", "ann"),
        ("/v/.hidden.pth", "hidden"),
        ("/v/-ann-.pth", "ann"),
        ("/v/ann_e200_s3000.pth", "ann"),
        ("/v/ann_200e_3000s.pth", "ann"),
        ("/v/ann_200e_3000s_best_epoch.pth", "ann"),
        ("/v/series_e2.pth", "series_e2"),
        ("/v/Ann.PTH", "Ann"),
        ("/v/ann/model.pth", "ann"),
        ("/v/ann/model_2.pth", "ann"),
        ("/v/ann/G_2333.pth", "ann"),
        ("/v/Soprano-1.1-80M", "Soprano-1.1-80M"),
        ("/v/Soprano-1.1-80M/", "Soprano-1.1-80M"),
        ("/v/voice", "voice"),
        (f"/h/models--ekwek--Soprano-1.1-80M/snapshots/{COMMIT}", "Soprano-1.1-80M"),
        (f"/h/models--ekwek--So--prano/snapshots/{COMMIT}", "So--prano".replace("--", "-")),
        (f"/h/models--gpt2/snapshots/{COMMIT}", "gpt2"),
        (f"/h/models--ann--voice-of-ann/snapshots/{COMMIT}/model.pth", "voice-of-ann"),
        (f"/h/models--ann--voices/snapshots/{COMMIT}/bob.pth", "bob"),
        ("/v/" + "a" * 100 + ".pth", "a" * MOST_CHARS),
        ("/v/" + "a" * 63 + " b.pth", "a" * 63),
        ("/v/初音ミク.pth", ""),
        ("/v/初音ミク_v2.pth", ""),
        ("/v/Анна.pth", ""),
        ("/v/🎤.pth", ""),
        ("/v/....pth", ""),
        ("/", ""),
        ("", ""),
    ],
)
def test_a_name_is_made_of_the_path(path: str, name: str) -> None:
    assert suggested_name(path) == name
    assert not name or valid(name) == name
