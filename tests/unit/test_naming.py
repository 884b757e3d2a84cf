"""Finding a device by name; if none or several match, the error is one line that lists them."""

import pytest

from steadyvoice.workers.playback.naming import CAPTURE, ListedDevice, NoDevice, find

DEVICES = [
    ListedDevice(0, "HDA Intel PCH: ALC257 Analog (hw:0,0)", "ALSA", True),
    ListedDevice(1, "HDA Intel PCH: HDMI 0 (hw:0,3)", "ALSA", True),
    ListedDevice(2, "USB Audio Device: - (hw:1,0)", "ALSA", True),
    ListedDevice(3, "USB Microphone: - (hw:2,0)", "ALSA", False),
    ListedDevice(4, "pulse", "ALSA", True),
    ListedDevice(5, "default", "ALSA", True),
    ListedDevice(6, "system", "JACK Audio Connection Kit", True),
    ListedDevice(7, "system", "ALSA", True),
    ListedDevice(8, "Café\nÉté", "ALSA", True),
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
    """A device that only records never matches: "usb" would match a microphone too."""
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


MICROPHONES = [
    ListedDevice(0, "HDA Intel PCH: HDMI 0 (hw:0,3)", "ALSA", True),
    ListedDevice(1, "USB Audio Device: - (hw:1,0)", "ALSA", True, True),
    ListedDevice(2, "USB Microphone: - (hw:2,0)", "ALSA", False, True),
    ListedDevice(3, "default", "ALSA", True, True),
]


@pytest.mark.parametrize(("wanted", "number"), [("usb mic", 2), ("hw:1,0", 1), ("3", 3), ("default", 3)])
def test_a_microphone_is_found(wanted: str, number: int) -> None:
    assert find(wanted, MICROPHONES, CAPTURE).number == number


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("usb", "the name 'usb' fits several microphones: 1 'USB Audio Device: - (hw:1,0), ALSA', 2 'USB"),
        ("usb", "write the whole name, or the number: mic:1"),
        ("hdmi", "the sound device 'hdmi' only plays; there are: 1 'USB"),
        ("defualt", "there is no microphone 'defualt'; did you mean 'default'? there are: 1 'USB"),
    ],
)
def test_a_microphone_is_not_found(wanted: str, says: str) -> None:
    with pytest.raises(NoDevice) as problem:
        find(wanted, MICROPHONES, CAPTURE)
    assert says in str(problem.value)
    assert "HDMI" not in str(problem.value)


def test_no_microphone_at_all() -> None:
    with pytest.raises(NoDevice, match=r"^no microphone: "):
        find("usb", MICROPHONES[:1], CAPTURE)
