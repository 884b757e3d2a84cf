"""Check of ``svctl doctor``: whether installed voices and converters have the models that they need."""

from steadyvoice.ipc.needs import Need, missing
from steadyvoice.ipc.paths import added


def examine() -> tuple[str, str]:
    """The result and the fix, if a model is missing. Loads no model and does not use the daemon."""
    converters = [path.name for path, names in added("converters").items() if "model.pth" in names]
    return verdict(len(added("voices")), converters, missing("rvc") if converters else None)


def verdict(voices: int, converters: list[str], lack: Need | None) -> tuple[str, str]:
    """converters: names of the installed ones. lack: a model that all of them need and that is missing."""
    if lack is None:
        return f"voices added: {voices}, converters added: {len(converters)}", ""
    names = ", ".join(converters)
    return f"{names} cannot be used: {lack.what} is missing", f"{lack.command}, then svctl restart"
