"""The command-line grammar of ``svctl``, declared once for click and for the quick path. Imports nothing."""

LONG_CHARS = 100
"""About seven seconds of speech; longer texts get a progress line on a terminal."""
PRIORITIES = ("important", "message", "text", "notification", "progress")
"""Priorities as in speech-dispatcher; equal to ipc.messages.Priority."""
PUNCTUATION = ("none", "some", "most", "all")
"""Equal to ipc.reading_mode.Punctuation."""
FORMATS = ("wav", "flac", "mp3", "ogg", "opus", "raw")
WORDS_PER_MINUTE = 205.0
"""Words per minute of the built-in voice at rate 1: 122 words of three English paragraphs in 35.6 s."""


class UsageError(Exception):
    """Invalid arguments; ``str()`` is the reason. option: the unknown option, if that is the reason."""

    def __init__(self, message: str, option: str = "") -> None:
        super().__init__(message)
        self.option = option


class Target:
    """The daemon that a command addresses."""

    def __init__(self, socket: str | None = None, autostart: bool = True) -> None:
        self.socket = socket
        """Path of its socket; None: the default."""
        self.autostart = autostart
        """Whether a daemon may be started if none runs."""


class SpeakOptions:
    """The arguments of ``svctl speak``; the class attributes are the defaults."""

    words: tuple[str, ...] = ()
    """The text, word by word; empty or a single ``-``: standard input."""
    file: str | None = None
    output: str | None = None
    format: str = ""
    """Format of the output file; empty: from its file name extension."""
    force: bool = False
    sample_rate: int = 0
    """Sample rate of the output in hertz; 0: the voice's own."""
    voice: str = ""
    rate: float = 1.0
    pitch: float = 0.0
    formant: float = 0.0
    volume: float = 1.0
    converter: str = ""
    punctuation: str = "none"
    spelling: bool = False
    priority: str = "message"
    ssml: bool = False
    detach: bool = False
    as_json: bool = False

    def __init__(self, **chosen: object) -> None:
        self.__dict__.update(chosen)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpeakOptions) and self.__dict__ == other.__dict__

    def __repr__(self) -> str:
        return f"Speak({self.__dict__})"

    @property
    def text(self) -> str:
        """The words joined by spaces; bytes that are not UTF-8 become replacement characters."""
        return clean(" ".join(self.words))

    @property
    def from_stdin(self) -> bool:
        return self.file == "-" or (self.file is None and self.words in ((), ("-",)))


class Option:
    def __init__(self, name: str, spellings: str, help: str, metavar: str = "", default: str = "") -> None:
        self.name, self.spellings, self.help = name, spellings.split(), help
        """name: attribute of SpeakOptions."""
        self.metavar, self.default = metavar, default
        """Shown in the help; empty: the option's type and value."""


SPEAK = (
    Option("file", "-f --file", "Speak the text of FILE; - is standard input.", "FILE"),
    Option(
        "output",
        "-o --output",
        "Write to FILE instead of the sound device; the format follows the extension (.wav .flac .mp3 .ogg .opus .raw)."
        " - is standard output.",
        "FILE",
    ),
    Option("format", "--format", "Format of the output, whatever its name.", "|".join(FORMATS), "by extension; - wav"),
    Option("force", "--force", "Replace an existing output file."),
    Option("sample_rate", "--sample-rate", "Sample rate of the output, 8000 to 192000.", "HERTZ", "the voice's own"),
    Option("voice", "-v --voice", "Voice; svctl voices lists them.", "VOICE", "the daemon's default"),
    Option("rate", "-r --rate", "Speaking rate, 0.5 to 2, or words per minute: 180wpm.", "RATE"),
    Option("pitch", "--pitch", "Pitch shift in semitones, -24 to 24.", "SEMITONES", "0"),
    Option("formant", "--formant", "Formant shift in semitones, -12 to 12: vocal tract size.", "SEMITONES", "0"),
    Option("volume", "--volume", "Linear gain, 0 to 2.", "GAIN"),
    Option("converter", "--converter", "Voice converter; svctl converters lists them.", "NAME"),
    Option("punctuation", "--punctuation", "Signs that are said by name.", "|".join(PUNCTUATION)),
    Option("spelling", "--spell", "Say every character by its name."),
    Option("priority", "--priority", "Queue priority on the sound device.", "|".join(PRIORITIES)),
    Option("ssml", "--ssml", "The text is SSML, also if it does not begin with <speak."),
    Option("detach", "--detach", "Return immediately; the daemon keeps speaking."),
    Option("as_json", "--json", "Print JSON events, one per line."),
)
READ = tuple(option for option in SPEAK if option.name in ("punctuation", "spelling"))
"""Options of ``svctl read`` too."""
_BY_SPELLING = {spelling: option for option in SPEAK for spelling in option.spellings}


def is_option(word: str) -> bool:
    """Whether an argument is an option: ``-5``, ``-5 degrees``, ``->``, ``- no`` and ``---x---`` are text."""
    name = word.partition("=")[0] if word.startswith("--") else word
    letters = name[2:] if word.startswith("--") else name[1:]
    return name[:1] == "-" and letters[:1].isalpha() and name.isascii() and name.isprintable() and " " not in name


def global_words(arguments: list[str]) -> tuple[Target, list[str]]:
    """Parse the options before the command. Returns the daemon and the remaining words. UsageError."""
    target, words = Target(), list(arguments)
    while words and is_option(words[0]):
        name, equals, value = words.pop(0).partition("=")
        if name == "--socket":
            target.socket = value if equals else _value(name, words)
        elif name == "--no-autostart" and not equals:
            target.autostart = False
        else:
            raise UsageError(f"No such option: {name}", name)
    return target, words


def speak_words(arguments: list[str]) -> SpeakOptions:
    """Parse the arguments of ``speak``. UsageError if they are invalid or conflict."""
    chosen: dict[str, object] = {}
    text: list[str] = []
    words = list(arguments)
    while words:
        word = words.pop(0)
        if word == "--":
            text += words
            break
        if not is_option(word):
            text.append(word)
            continue
        name, equals, value = word.partition("=") if word.startswith("--") else (word[:2], word[2:], word[2:])
        option = _BY_SPELLING.get(name)
        if option is None:
            raise UsageError(f"No such option: {name}", name)
        if isinstance(getattr(SpeakOptions, option.name), bool):
            if equals:
                raise UsageError(f"Option {name!r} does not take a value.")
            chosen[option.name] = True
        else:
            chosen[option.name] = _converted(option, name, value if equals else _value(name, words))
    wanted = SpeakOptions(**chosen, words=tuple(text)) if text else SpeakOptions(**chosen)
    if conflict := _conflict(wanted):
        raise UsageError(conflict)
    return wanted


def _value(name: str, words: list[str]) -> str:
    if not words or words[0] == "--" or is_option(words[0]):
        raise UsageError(f"Option {name!r} requires an argument.")
    return words.pop(0)


def _converted(option: Option, name: str, value: str) -> object:
    default = getattr(SpeakOptions, option.name)
    choices = {"priority": PRIORITIES, "format": FORMATS, "punctuation": PUNCTUATION}.get(option.name)
    if choices and value not in choices:
        raise UsageError(f"Invalid value for {name!r}: {value!r} is not one of {', '.join(choices)}.")
    if not isinstance(default, int | float):
        return value
    number = value.lower()
    per_minute = option.name == "rate" and number.endswith("wpm")
    try:
        converted = type(default)(number.removesuffix("wpm") if per_minute else number)
    except ValueError:
        converted = None
    if converted is None or not abs(converted) < float("inf"):
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise UsageError(f"Invalid value for {name!r}: {value!r} is not {kind}.")
    if per_minute:
        if not 0.5 <= converted / WORDS_PER_MINUTE <= 2:
            low, high = (round(WORDS_PER_MINUTE * rate) for rate in (0.5, 2))
            raise UsageError(f"Invalid value for {name!r}: {value} is not between {low}wpm and {high}wpm.")
        return round(converted / WORDS_PER_MINUTE, 3)
    if option.name == "rate" and converted > 20:
        raise UsageError(f"Invalid value for {name!r}: {value} is not between 0.5 and 2; words per minute: {value}wpm.")
    return converted


def _conflict(wanted: SpeakOptions) -> str:
    """Why the options conflict; empty if they do not."""
    if wanted.words and wanted.file is not None:
        return "give TEXT or -f FILE, not both"
    if wanted.output is None:
        for name in ("sample_rate", "format", "force"):
            if getattr(wanted, name):
                return f"--{name.replace('_', '-')} needs -o FILE; it has no effect on the sound device"
        return ""
    if wanted.detach:
        return "--detach plays on the sound device; it cannot be used with -o"
    if wanted.as_json and wanted.output == "-":
        return "--json and -o - would both write to standard output"
    return ""


def clean(argument: str) -> str:
    """The argument with replacement characters for bytes that are not UTF-8."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


_FIELDS = (
    "voice", "rate", "pitch", "formant", "volume", "converter", "punctuation", "spelling", "priority", "sample_rate",
    "ssml", "detach",
)  # fmt: skip
"""Attributes of SpeakOptions that are request fields of the same name."""


def speak_fields(wanted: SpeakOptions) -> dict[str, str | float | bool]:
    """The fields of the ``speak`` request that differ from their defaults, without the text."""
    fields = {name: getattr(wanted, name) for name in _FIELDS if getattr(wanted, name) != getattr(SpeakOptions, name)}
    fields = {name: clean(value) if isinstance(value, str) else value for name, value in fields.items()}
    return fields | ({"sink": "pcm", "format": "s16"} if wanted.output is not None else {})


def speak_request(wanted: SpeakOptions) -> bytes:
    """The ``speak`` request as a JSON line; importing ``json`` would cost 8 ms."""
    from _json import encode_basestring_ascii as quoted

    fields: dict[str, str | float | bool] = {"type": "speak", "text": wanted.text, **speak_fields(wanted)}
    encoded = (quoted(v) if isinstance(v, str) else repr(v).lower() for v in fields.values())
    return (
        '{"ref":1,' + ",".join(f'"{name}":{value}' for name, value in zip(fields, encoded, strict=True)) + "}\n"
    ).encode()
