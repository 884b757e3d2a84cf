"""The measured values inside a benchmark's result: taken out before it is printed, kept when it is saved.

``statistics.summary`` and ``statistics.result`` put them beside the percentiles, under the key ``values``.
"""

from typing import Any, Final

MOST: Final = 2000
"""Values kept of one distribution: 100 of them are above the p95, and a result of 16 distributions has 300 kB."""


def split(result: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[float]]]:
    """The result without ``values``, and these by the path of the object that had them, as in ``short.reference``.

    The path of the result itself is "". Values of equal paths are joined.
    """
    found: dict[str, list[float]] = {}
    return _without(result, "", found), found


def _without(value: Any, path: str, found: dict[str, list[float]]) -> Any:
    if isinstance(value, dict):
        if isinstance(measured := value.get("values"), list):
            found.setdefault(path, []).extend(measured)
        return {key: _without(inner, _joined(path, key), found) for key, inner in value.items() if key != "values"}
    if isinstance(value, list):
        return [_without(inner, _joined(path, _label(inner, at)), found) for at, inner in enumerate(value)]
    return value


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _label(item: Any, at: int) -> str:
    """Of an item of a list: its number of streams, because a step of ``concurrency`` may be tried twice."""
    return str(item["streams"]) if isinstance(item, dict) and "streams" in item else str(at)


def thinned(values: list[float]) -> list[float]:
    """At most MOST of the values, evenly spaced and in their order, with five significant digits."""
    count = min(len(values), MOST)
    return [float(f"{values[at * len(values) // count]:.5g}") for at in range(count)]
