"""Paths and names of files."""

import re
from typing import Final

from steadyvoice.workers.text.english.address_parts import read
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, LETTER, Rule

_EXTENSIONS: Final = frozenset(
    (
        "txt md rst pdf doc docx odt rtf tex xls xlsx ods csv tsv ppt pptx png jpg jpeg gif svg webp bmp tif tiff ico "
        "mp mp3 mp4 wav flac ogg opus m4a mkv mov avi webm zip tar gz bz2 xz zst rar 7z iso deb rpm dmg exe msi dll "
        "apk py pyc pyi ipynb js mjs jsx ts tsx css scss html htm xml json jsonl yaml yml toml ini cfg conf log lock "
        "sh bash zsh fish bat ps1 rs rb php java kt cpp hpp cc hh cs swift lua sql db sqlite bak tmp env whl onnx "
        "safetensors service socket"
    ).split()
)
_SHORT_EXTENSIONS: Final = frozenset("c h r m go so pl d".split())
"""Only in a path with a slash: elsewhere they are words and initials."""
_HIDDEN: Final = frozenset(
    "bashrc zshrc profile vimrc gitignore git ssh config cache local htaccess editorconfig".split()
)
_ROOTS: Final = frozenset("src lib usr bin var tmp etc docs opt dev node_modules".split())
_FOLDER: Final = r"(?>(?:[\w@+%*-]|\.(?=[\w*])| (?=[A-Z(][\w().]{0,20}\\)|[()])+)"
"""Of a Windows path: a space stands before a word that goes on to a backslash."""
_NAME: Final = r"(?>(?:[\w@+%*-]|\.(?=[\w*]))+)"


def _path(match: re.Match[str]) -> str | None:
    return None if match[0] in ("/or", "/and") else read(match[0])


def _relative(match: re.Match[str]) -> str | None:
    """A path from a folder's name: it ends with a file's extension, or begins with a folder that is no word."""
    extension = match[0].rpartition("/")[2].rpartition(".")
    is_file = bool(extension[1]) and extension[2].lower() in _EXTENSIONS | _SHORT_EXTENSIONS
    return read(match[0]) if is_file or match[0].partition("/")[0] in _ROOTS else None


def _file(match: re.Match[str]) -> str | None:
    extension = match["extension"]
    return read(match[0]) if extension == "NET" or extension.lower() in _EXTENSIONS else None


def _hidden(match: re.Match[str]) -> str | None:
    name = match[1]
    return read(match[0]) if name == "NET" or name in _EXTENSIONS or name in _HIDDEN else None


RULES: tuple[Rule, ...] = (
    Rule("Windows path", LETTER, lazy(rf"(?<!\w)[A-Za-z]:\\(?:{_FOLDER}(?>(?:\\{_FOLDER})*)\\?)?"), _path),
    Rule(
        "path",
        "/~.",
        lazy(rf"(?<![\w/.<)\]~])(?:~?/|\.{{1,2}}/)(?=[^\W\d]|[.*@]\w){_NAME}(?>(?:/{_NAME})*)/?(?!\w)"),
        _path,
    ),
    Rule("relative path", LETTER + "_", lazy(rf"(?<![\w./\\@]){_NAME}(?>(?:/{_NAME})+)(?!\w)"), _relative),
    Rule(
        "file",
        LETTER + DIGIT + "_*",
        lazy(
            r"(?<![\w./\\@])(?:\*|[\w-]{1,64}+)(?:\.[\w-]{1,64}+){0,4}?\.(?P<extension>[A-Za-z0-9]{2,11})(?![\w(])(?!\.\w)"
        ),
        _file,
    ),
    Rule("hidden file", ".", lazy(r"(?<![\w.)\]])\.([A-Za-z]\w{1,12})(?![\w.]\w?)"), _hidden),
)
