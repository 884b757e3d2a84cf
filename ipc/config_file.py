"""The configuration file: one TOML file, read into frozen structs by svd and by each gateway."""

import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from steadyvoice.ipc import config_errors, mounts, paths
from steadyvoice.ipc.errors import SteadyvoiceError, describe

T = TypeVar("T", bound=msgspec.Struct)


class ConfigError(SteadyvoiceError):
    """The file is missing, unreadable, or has an error."""


class Unreadable(ConfigError):
    """The user's own file, which is optional, exists (or may exist) and cannot be read."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file. An unknown key is an error."""


def load(path: Path | None, kind: type[T]) -> T:
    """Read this file; None: the user's own file if it exists, else the defaults of ``kind``.

    ConfigError: a message of one line. Unreadable: the user's own file exists and cannot be read.
    """
    if path is None:
        text = _default_text()
        if text is None:
            return kind()
        path = paths.configuration()
    else:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: cannot be read: {describe(error)}") from error
    return parse(text, str(path), kind)


def parse(text: str, name: str, kind: type[T]) -> T:
    """``name``: of the file, for the message of a ConfigError."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not all are tomllib.TOMLDecodeError: huge numbers, deep nesting
        raise ConfigError(f"{name}: not TOML: {describe(error)}") from error
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {config_errors.explain(str(error), data, kind)}") from error


def _default_text() -> str | None:
    """The text of the user's own file; None if there is none."""
    name = "the configuration"
    try:
        path = paths.configuration()
        name = str(path)
        return mounts.asked(path, lambda: _text(path)) if paths.present(path) else None
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{name}: cannot be read: {describe(error)}") from error


def _text(path: Path) -> str:
    with open(paths.opened(path), encoding="utf-8") as file:
        return file.read()
