"""One line of ``svctl doctor``."""

import msgspec


class Check(msgspec.Struct, frozen=True):
    name: str
    ok: bool
    """False only for what keeps it from speaking."""
    detail: str
    fix: str = msgspec.field(default="", name="mend")
    """What to do; also set where it speaks, but less well than it could."""
    call: str = ""
    """The system call that was tried. Those that are allowed share one line of the text."""


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
    """With one check in place of all the system calls that are allowed."""
    calls = [check for check in checks if check.call]
    refused = [check for check in calls if check.fix]
    allowed = len(calls) - len(refused)
    what = "the others" if refused else "everything that is used"
    one = [Check("kernel", True, f"{what} is allowed" if not refused else f"{what} are allowed")] if allowed else []
    return [*(check for check in checks if not check.call), *refused, *one]
