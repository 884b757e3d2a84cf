"""Which sound device is meant; and where none is, one line that says which there are and how to name one."""

import pytest

from steadyvoice.workers.playback.naming import Known, NoDevice, find

DEVICES = [
    Known(0, "HDA Intel PCH: ALC257 Analog (hw:0,0)", "ALSA", True),
    Known(1, "HDA Intel PCH: HDMI 0 (hw:0,3)", "ALSA", True),
    Known(2, "USB Audio Device: - (hw:1,0)", "ALSA", True),
    Known(3, "USB Microphone: - (hw:2,0)", "ALSA", False),
    Known(4, "pulse", "ALSA", True),
    Known(5, "default", "ALSA", True),
    Known(6, "system", "JACK Audio Connection Kit", True),
    Known(7, "system", "ALSA", True),
    Known(8, "Café\nÉté", "ALSA", True),
]


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("4", 4),
        ("04", 4),
        ("pulse", 4),
        ("PULSE", 4),
        ("  pulse ", 4),
        ("hdmi", 1),
        ("hda 0,0", 0),
        ("usb", 2),
        ("USB Audio", 2),
        ("usb alsa", 2),
        ("system, jack audio connection kit", 6),
        ("system jack", 6),
        ("café", 8),
        ("ÉTÉ", 8),
        ("hw:1,0", 2),
    ],
)
def test_found(wanted: str, number: int) -> None:
    """ "usb" fits a microphone too, which plays nothing."""
    assert find(wanted, DEVICES).number == number


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("HDA", "the name 'HDA' fits several sound devices: 0 'HDA Intel PCH: ALC257 Analog (hw:0,0), ALSA', 1 '"),
        ("HDA", 'write the whole name, or the number: device = "0"'),
        ("system", "6 'system, JACK Audio Connection Kit', 7 'system, ALSA'; write"),
        ("hw", "0 'HDA Intel PCH: ALC257 Analog (hw:0,0), ALSA', 1 'HDA Intel PCH: HDMI 0 (hw:0,3), ALSA', 2 'USB"),
        ("alsa", "fits several"),
        (" ", "fits several"),
        ("3", "the sound device '3' only records; there are: 0 'HDA"),
        ("microphone", "the sound device 'microphone' only records"),
        ("9", "there is no sound device '9'; there are: 0 'HDA"),
        ("9" * 30, f"there is no sound device '{'9' * 30}'; there are: 0 'HDA"),
        ("²", "there is no sound device '²'; there are"),
        ("-1", "there is no sound device '-1'"),
        ("plus", "there is no sound device 'plus'; did you mean 'pulse'? there are: 0 'HDA"),
        ("Defualt", "did you mean 'default'?"),
        ("0,0 hda", "there is no sound device '0,0 hda'"),
        ("a\nb\x1b[31m", r"there is no sound device 'a\\nb\\x1b[31m'; "),
        ("x" * 5000, "…'; there are"),
    ],
)
def test_not_found(wanted: str, says: str) -> None:
    with pytest.raises(NoDevice) as problem:
        find(wanted, DEVICES)
    text = str(problem.value)
    assert says in text
    assert text.isprintable(), "not one line"
    assert "Microphone" not in text


def test_none_at_all() -> None:
    for devices in ([], [DEVICES[3]]):
        with pytest.raises(NoDevice, match=r"^no sound device: write a file with -o"):
            find("usb", devices)
