"""One check of ``svctl doctor``, and the checks as text."""

import msgspec


class Check(msgspec.Struct, frozen=True):
    """The result of one check; encoded as JSON by ``svctl doctor --json``."""

    name: str
    ok: bool
    """False only for a problem that prevents speech."""
    detail: str
    fix: str = ""
    """For a problem or a degradation: what to do; empty: nothing."""
    call: str = ""
    """The system call that was tried; the text shows all allowed ones in one line."""


def text(checks: list[Check]) -> str:
    shown = _gathered(checks)
    width = max(len(check.name) for check in shown)
    lines = []
    for check in shown:
        lines.append(f"{'ok' if check.ok else '!!'}  {check.name:{width}}  {check.detail}")
        if check.fix:
            lines.append(f"{'':{width + 6}}{check.fix}")
    return "\n".join(lines)


def _gathered(checks: list[Check]) -> list[Check]:
    """The checks, with all allowed system calls merged into one."""
    calls = [check for check in checks if check.call]
    refused = [check for check in calls if check.fix]
    allowed = len(calls) - len(refused)
    what = "all other system calls are allowed" if refused else "all system calls are allowed"
    one = [Check("kernel", True, what)] if allowed else []
    return [*(check for check in checks if not check.call), *refused, *one]
