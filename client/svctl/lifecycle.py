"""``svctl quit`` and ``svctl restart``: stop the daemon at a socket, and start another one."""

import os
from typing import Any

from steadyvoice.client.svctl.actions import connected
from steadyvoice.client.svctl.console import print_json
from steadyvoice.client.svctl.daemon_process import NotEnded, Running, configuration, end, find
from steadyvoice.client.svctl.grammar import Target
from steadyvoice.ipc.daemon_status import DaemonStatus
from steadyvoice.ipc.paths import socket_name


def quit(target: Target, purge: bool, as_json: bool) -> int:
    """Stop the daemon, and with ``purge`` remove its files. Returns the exit status."""
    found = find(target)
    killed = end(found) if found else False
    done: dict[str, Any] = {"pid": found.pid if found else 0, "killed": killed}
    done["cut_off"] = found.utterances if found else 0
    done["started_again_by"] = found.unit.replace(".service", ".socket") if found and found.activated else ""
    lines = [_ended(found, killed)]
    if purge:
        from steadyvoice.client.svctl import purge as purging

        remains = purging.purge(socket_name(target.socket), listening=done["started_again_by"] != "")
        done |= remains._asdict()
        lines += [f"removed {path}" for path in remains.removed] or ["there is nothing to remove"]
        lines += [f"cannot remove {path}: {why}" for path, why in remains.failed.items()]
        lines += [f"kept {path} ({what})" for path, what in remains.kept.items()]
    print_json(done) if as_json else print("\n".join(lines))
    return 1 if done.get("failed") else 0


def _ended(found: Running | None, killed: bool) -> str:
    if found is None:
        return "no daemon is running"
    line = f"svd (pid {found.pid}) {'did not end in time and was killed' if killed else 'has ended'}{_cut_off(found)}"
    if not found.activated:
        return line
    stop = " ".join([*found.systemctl, "stop", found.unit.replace(".service", ".socket")])
    return f"{line}; systemd starts it again when a program speaks: {stop} prevents that"


def _cut_off(found: Running | None) -> str:
    count = found.utterances if found else 0
    return f"; {count} utterance{'s were' if count > 1 else ' was'} cut off" if count else ""


def restart(target: Target, as_json: bool) -> None:
    """Stop the daemon and start it again; start one if none runs and the target allows it.

    NotEnded if svd rejects the configuration; the running daemon then continues.
    """
    from steadyvoice.client.svctl import autostart, configuration_check

    path = socket_name(target.socket)
    found = find(target)
    if found is None and not target.autostart:
        connected(target).close()  # raises NoDaemon
    file = configuration(found.pid) if found else ""
    if found is not None and found.scope != "system":  # a system service has a different environment
        checked = configuration_check.run(file)
        if not checked.ok:
            raise NotEnded(f"svd (pid {found.pid}) keeps running unchanged: {checked.line}")
    if found is not None and found.unit:
        _restart_unit(found)
        pid = _status_of(target)["pid"]
    else:
        if found is not None:
            end(found)
        lines, pid = autostart.start(path, file)
        with lines:
            pid = pid or lines.ask("status")["status"]["pid"]  # 0: another program has started it meanwhile
    if as_json:
        print_json({"pid": pid, "ended": found.pid if found else 0, "cut_off": found.utterances if found else 0})
    else:
        print(f"svd {'was restarted' if found else 'was started'} (pid {pid}){_cut_off(found)}")


def _status_of(target: Target) -> DaemonStatus:
    with connected(target) as daemon:
        status: DaemonStatus = daemon.ask("status")["status"]
        return status


def _restart_unit(found: Running) -> None:
    import subprocess

    command = [*found.systemctl, "restart", found.unit]
    env = {"XDG_RUNTIME_DIR": f"/run/user/{os.getuid()}"} | os.environ
    try:
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        errors = done.stderr.strip().splitlines() if done.returncode else []
    except OSError as error:
        errors = [str(error.strerror)]
    if errors:
        raise NotEnded(f"{' '.join(command)}: {errors[0]}")


def replace_given_up(target: Target) -> bool:
    """Stop a daemon that svctl started and that can no longer speak, so that a new one can be started."""
    if not target.autostart or (found := find(target)) is None or not (found.given_up and found.by_svctl):
        return False
    end(found)
    return True
