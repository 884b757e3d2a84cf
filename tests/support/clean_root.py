"""A Debian of its own in a folder, with one ordinary user, in which packages are installed and removed."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

UID: Final = 1000
_ENTER: Final = """
set -e
[ "$network" ] || ip link set lo up
mount --rbind /dev "$0/dev"
mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm"
mount -t proc proc "$0/proc"
root=$0 user=$1
shift
exec chroot --userspec="$user:$user" --groups= "$root" env -i "$@"
"""
_ASKS_NOTHING: Final = 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n'
_CERTIFICATES: Final = "etc/machine.crt"
"""Those with which this machine reaches its package indexes; ca-certificates replaces the file of the usual name."""
_CHANGING: Final = ("dev", "proc", "sys", "tmp", "var/cache", "var/lib/apt", "var/lib/dpkg", "var/log", "var/tmp")
"""Folders in which an installation leaves what is not the package's."""


class CleanRoot:
    """Commands in it have namespaces of their own for mounts and processes: what they start ends with them."""

    def __init__(self, archive: Path, folder: Path) -> None:
        """archive: a tar of a Debian with sudo."""
        self.folder, self.home = folder, folder / "home/ann"
        folder.mkdir()
        subprocess.run(["tar", "-xf", archive, "--numeric-owner", "-C", folder, "--exclude=./dev/*"], check=True)
        shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
        certificates = os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
        shutil.copy(certificates, folder / _CERTIFICATES)
        (folder / "etc/apt/apt.conf.d/99test").write_text(_ASKS_NOTHING)
        (folder / "etc/sudoers.d/ann").write_text("ann ALL=(ALL) NOPASSWD: ALL\n")
        self.run(f"useradd --create-home --shell /bin/bash --uid {UID} ann && apt-get update -qq", user=0)
        self.run(f"install -d -o ann -g ann -m 700 /run/user/{UID}", user=0)

    def run(self, script: str, *, user: int = UID, network: bool = True, env: Mapping[str, str] | None = None) -> str:
        """Run lines of bash, as of a login. The first that fails ends the test. Returns what they print.

        network: else there is none but the loopback of a namespace of its own.
        """
        values = {"LANG": "C.UTF-8", "TERM": "dumb", "DEBIAN_FRONTEND": "noninteractive"}
        values |= {"HOME": "/home/ann", "XDG_RUNTIME_DIR": f"/run/user/{user}"} if user else {"HOME": "/root"}
        values |= dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT"), f"/{_CERTIFICATES}")
        words = [f"{name}={value}" for name, value in (values | dict(env or {})).items()]
        shell = ["bash", "-l", "-c", f"cd\nset -eo pipefail\n{script}"]
        own = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *([] if network else ["--net"])]
        done = subprocess.run(
            [*own, "sh", "-c", _ENTER, self.folder, str(user), *words, *shell],
            env=os.environ | {"network": "yes" if network else ""},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def files(self) -> set[str]:
        """The names of all files and folders but those of users, and of what changes with each installation."""
        found: set[str] = set()
        for folder, folders, files in os.walk(self.folder):
            here = os.path.relpath(folder, self.folder)
            if here in (*_CHANGING, "home", "root"):
                folders.clear()
                continue
            found |= {os.path.normpath(os.path.join(here, name)) for name in (*folders, *files)}
        return found
