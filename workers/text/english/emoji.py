"""Emoji and pictographs by name."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from steadyvoice.workers.text.english.flags import country_flag, subdivision_flag
from steadyvoice.workers.text.english.number_words import spelled
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import OTHER, Rule

_ZERO_WIDTH_JOINER: Final = "\u200d"
TONES: Final = r"\U0001f3fb-\U0001f3ff"
PICTOGRAPH: Final = (
    r"[\u231a\u231b\u2328\u23cf\u23e9-\u23fa\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
)
_ANY: Final = (
    r"[\U0001f1e6-\U0001f1ff]{1,2}"
    r"|\U0001f3f4[\U000e0030-\U000e007a]{1,8}\U000e007f"
    rf"|{PICTOGRAPH}[{TONES}]?(?>(?:\u200d{PICTOGRAPH}[{TONES}]?)*)"
)
_ONE: Final = lazy(_ANY)
_RUN: Final = lazy(rf"(?:{_ANY})(?>(?: {{0,2}}(?:{_ANY}))*)")
_LOVE: Final = lazy(r"(?:(?<=\b[Ii] )|(?<=\b[Ww]e )|(?<=\b[Yy]ou )|(?<=\b[Tt]hey ))[❤♥](?=\s?\w)")

# Names that differ from what is left of the Unicode name without its formal parts.
_NAMES: Final = dict(
    entry.split(maxsplit=1)
    for entry in (
        "👍 thumbs up,👎 thumbs down,👌 OK hand,🙏 folded hands,🙌 raised hands,👋 waving hand,👏 clapping hands,"
        "🤟 love you gesture,👉 pointing right,👈 pointing left,👆 pointing up,☝ pointing up,👇 pointing down,"
        "🙋 person raising hand,🙇 person bowing,🤦 facepalm,💁 person tipping hand,🙅 person gesturing no,"
        "🙆 person gesturing OK,😍 smiling face with heart eyes,😘 face blowing a kiss,😡 angry red face,"
        "🥳 partying face,🥺 pleading face,🤩 star-struck face,🥰 smiling face with hearts,😎 face with sunglasses,"
        "😱 face screaming,😋 face savoring food,🤯 exploding head,❤ red heart,♥ heart,☀ sun,⚠ warning,⚡ lightning,"
        "✅ check mark,✔ check mark,✓ check mark,☑ check mark,🗸 check mark,✗ cross mark,✘ cross mark,✕ cross mark,"
        "✖ times,➕ plus,➖ minus,➗ divided by,❌ cross mark,❎ cross mark,☒ cross mark,☐ empty box,❓ question mark,"
        "❔ question mark,❗ exclamation mark,❕ exclamation mark,⭐ star,💯 one hundred,🚨 police light,🛑 stop sign,"
        "🔟 ten,🔜 soon,🔝 top,🔙 back,🔚 end,🔛 on,🆎 A B,🆗 OK,🆒 cool,🆓 free,🆕 new,🆙 up,🆚 versus,"
        "🆘 S O S,🆔 I D,"
        "🔍 magnifying glass,🔎 magnifying glass,📈 rising chart,📉 falling chart,💡 light bulb,📧 email,"
        "🏠 house,🚗 car,🔪 knife,🗿 moai,🧑 person,🧓 older person,♻ recycling,☺ smiling face,☹ frowning face,"
        "♂ male,♀ female,⚧ transgender,⬆ up arrow,⬇ down arrow,⬅ left arrow,➡ arrow,⏩ fast forward,⏪ rewind,"
        "▶ play,⏸ pause,⏹ stop,⏺ record,⏯ play or pause,⏭ next track,⏮ previous track,⚪ white circle,"
        "⚫ black circle,⬛ black square,⬜ white square,"
        "⏏ eject,☎ telephone,🚬 cigarette,🖕 middle finger,🕵 detective,⚽ soccer ball,☕ coffee,💨 dash,"
        "♾ infinity,♠ spade,♡ heart,♦ diamond,♢ diamond,♣ club"
    ).split(",")
)
_SEQUENCES: Final = {
    "🏳🌈": "rainbow flag",
    "🏳⚧": "transgender flag",
    "🏴☠": "pirate flag",
    "❤🔥": "heart on fire",
    "❤🩹": "mending heart",
    "👁🗨": "eye in speech bubble",
    "🐻❄": "polar bear",
    "🐈⬛": "black cat",
    "🐦⬛": "black bird",
    "🐕🦺": "service dog",
    "😮💨": "face exhaling",
    "😵💫": "face with spiral eyes",
    "😶🌫": "face in clouds",
    "🧑🤝🧑": "people holding hands",
}
_PEOPLE: Final = {"👨": "man", "👩": "woman", "🧑": "", "👦": "boy", "👧": "girl", "👶": "baby", "🧒": "child"}
_OCCUPATIONS: Final = {
    "⚕": "health worker",
    "⚖": "judge",
    "✈": "pilot",
    "🌾": "farmer",
    "🍳": "cook",
    "🎓": "student",
    "🎤": "singer",
    "🎨": "artist",
    "🏫": "teacher",
    "🏭": "factory worker",
    "💻": "technologist",
    "💼": "office worker",
    "🔧": "mechanic",
    "🔬": "scientist",
    "🚀": "astronaut",
    "🚒": "firefighter",
}
_ATTRIBUTES: Final = {
    "🦰": "red hair",
    "🦱": "curly hair",
    "🦳": "white hair",
    "🦲": "a bald head",
    "🦯": "a white cane",
    "🦼": "a motorized wheelchair",
    "🦽": "a manual wheelchair",
}
_FORMAL: Final = lazy(r"^(?:(?:squared|large|medium|emoji component|sideways) )+| (?:sign|symbol|emblem)$")
_OUTLINE: Final = lazy(r"^(?:(?:black|white|heavy|medium|small) )+(?!chess)")
_SILENT: Final = lazy(rf"[{TONES}\u239b-\u23b3\u23b8-\u23bd\u23d0]")


def _run(match: re.Match[str]) -> str | None:
    """Every emoji once where it is repeated, with a pause before and after."""
    names: list[str] = []
    for one in _ONE.findall(match[0]):
        if (said := name(one)) and said not in names[-1:]:
            names.append(said)
    if not names:
        return ""
    before, after = match.string[: match.start()].rstrip()[-1:], match.string[match.end() :].lstrip()[:1]
    return (", " if before.isalnum() else "") + ", ".join(names) + ("," if after.isalnum() else "")


@lru_cache(maxsize=1024)
def name(emoji: str) -> str:
    """What is said of one emoji, a sequence included; "" where nothing is."""
    if "\U0001f1e6" <= emoji[0] <= "\U0001f1ff":
        return country_flag(emoji)
    if "\U000e0030" <= emoji[-1] <= "\U000e007f":
        return subdivision_flag(emoji[1:])
    parts = re.sub(f"(?<=.)[{TONES}]", "", emoji).split(_ZERO_WIDTH_JOINER)
    if len(parts) == 1:
        return pictograph(parts[0])
    if said := _SEQUENCES.get("".join(parts)):
        return said
    if {"❤", "💋"} & set(parts):
        return "kiss" if "💋" in parts else "couple with heart"
    if all(part in _PEOPLE for part in parts):
        return "family"
    if parts[0] in _PEOPLE and (occupation := _OCCUPATIONS.get(parts[1])):
        return f"{_PEOPLE[parts[0]]} {occupation}".strip()
    if parts[0] in _PEOPLE and (attribute := _ATTRIBUTES.get(parts[1])):
        return f"{_PEOPLE[parts[0]] or 'person'} with {attribute}"
    return pictograph(parts[0])


def pictograph(character: str) -> str:
    """The name of one character: the Unicode name without its formal parts."""
    if character in _NAMES:
        return _NAMES[character]
    if _SILENT.fullmatch(character):
        return ""
    said = _FORMAL.sub("", unicodedata.name(character, "emoji").lower())
    said = _OUTLINE.sub("", said) if character < "\U0001f000" else said
    said = said.removeprefix("clock face ").replace("oclock", "o'clock").replace("chess ", "")
    return re.sub(r"-?\d+", lambda digits: f" {spelled(digits[0].strip('-'))}", said)


_FIRST: Final = OTHER + "".join(_NAMES)
RULES: tuple[Rule, ...] = (
    Rule("love", _FIRST, _LOVE, lambda _: "love"),
    Rule("emoji", _FIRST, _RUN, _run),
)
