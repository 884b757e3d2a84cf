"""``svctl doctor``: whether the voices and converters that were added have what they need."""

from steadyvoice.ipc.needs import Need, missing
from steadyvoice.ipc.paths import added


def examine() -> tuple[str, str]:
    """What is the case, and what to do where something is missing. Loads no model and asks no daemon."""
    converters = [path.name for path, names in added("converters").items() if "model.pth" in names]
    return verdict(len(added("voices")), converters, missing("rvc") if converters else None)


def verdict(voices: int, converters: list[str], lack: Need | None) -> tuple[str, str]:
    """converters: the names of those that were added. lack: what all of these need and the machine has not."""
    if lack is None:
        return f"voices added: {voices}, converters added: {len(converters)}", ""
    names = ", ".join(converters)
    return f"{names} cannot be used: {lack.what} is missing", f"{lack.command}, then svctl restart"
