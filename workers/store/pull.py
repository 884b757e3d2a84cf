"""Fetch published files from the Hugging Face hub.

Through huggingface_hub (Apache-2.0), for all it knows of mirrors ($HF_ENDPOINT), tokens, proxies and retries, but not
through its cache: that begins anew what was broken off, and here 200 MB go on where they ended. What the hub tells of a
file before it is fetched is described in https://huggingface.co/docs/huggingface_hub/package_reference/file_download.
"""

import contextlib
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, cast

from steadyvoice.ipc.errors import one_line
from steadyvoice.ipc.paths import store
from steadyvoice.workers.store.access import make_folders
from steadyvoice.workers.store.place import Misuse, Refusal

_CHUNK: Final = 1 << 18
"""Bytes that are lost at most where a connection breaks; of its own accord huggingface_hub takes 10 MiB."""
_CHECKSUM: Final = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class Download:
    """The files of one repository on their way into the store ``kind``. Used while its Place is entered.

    What has come, whole or in part, waits for the rest in the store's folder ``.came``, and the next download goes on
    from there. The folder is left when there is something in it.
    """

    def __init__(self, kind: str, repository: str) -> None:
        self._repository = repository
        self._came = store(kind) / ".came" / repository.replace("/", "--")
        self._commit: str | None = None

    def __enter__(self) -> "Download":
        make_folders(self._came)
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._came, self._came.parent):
            with contextlib.suppress(OSError):
                each.rmdir()

    @property
    def origin(self) -> str:
        """OWNER/NAME@COMMIT of what was fetched."""
        return f"{self._repository}@{self._commit}"

    def bring(self, file: str, target: Path) -> Path:
        """Fetch a file of the repository to ``target``. Refusal where it cannot be had, or is not what the hub says."""
        whole, self._commit = _fetch(self._repository, file, self._came, self._commit)
        try:
            os.link(whole, target)  # both are the store's own, until the download is discarded
        except OSError:
            whole.rename(target)
        return target

    def bring_first(self, files: Iterable[str], folder: Path) -> Path:
        """The first of these files that the repository has."""
        *others, last = files
        for file in others:
            with contextlib.suppress(Missing):
                return self.bring(file, folder / file)
        return self.bring(last, folder / last)

    def discard(self) -> None:
        """What has come is not needed any more."""
        shutil.rmtree(self._came)


class Missing(Refusal):
    """The repository has no such file."""


def _fetch(repository: str, file: str, folder: Path, commit: str | None) -> tuple[Path, str]:
    """A file of the repository, whole, in ``folder`` under its checksum; and the commit that it is of.

    commit: without one, the newest. What has come of a file that did not come to its end stays in ``folder``, and the
    next call goes on from there. Refusal where it cannot be had, or is not what the hub's checksum says; Misuse where
    ``repository`` is no name; ModuleNotFoundError without huggingface_hub.
    """
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # else it tells which packages are installed here
    os.environ["HF_HUB_VERBOSITY"] = "critical"
    if not sys.stderr.isatty():
        os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    constants.DOWNLOAD_CHUNK_SIZE = _CHUNK
    with _refusals(repository, file, constants.ENDPOINT):
        about = get_hf_file_metadata(hf_hub_url(repository, file, revision=commit))
        checksum, commit = about.etag or "", about.commit_hash
        if not commit or not _CHECKSUM.fullmatch(checksum):
            raise Refusal(f"{constants.ENDPOINT} tells no checksum of {repository}/{file}; is it a Hugging Face hub?")
        whole, part = folder / checksum, folder / f"{checksum}.part"
        if whole.exists() and _checksum(whole, len(checksum)) == checksum:
            return whole, commit
        with part.open("ab") as out:
            if about.size is not None and out.tell() > about.size:
                out.truncate(0)
            http_get(
                hf_hub_url(repository, file, revision=commit),
                out,
                resume_size=out.tell(),
                headers=build_hf_headers(),
                expected_size=about.size,
                displayed_filename=file,
            )
            out.flush()
            os.fsync(out.fileno())
    if _checksum(part, len(checksum)) != checksum:
        part.unlink()
        raise Refusal(f"what came is not {file} of {repository}: its checksum is another; nothing of it is kept")
    return part.rename(whole), commit


def _checksum(file: Path, length: int) -> str:
    """As the hub has it: SHA-256 of a large file, and git's name of a small one, which is SHA-1 with a heading."""
    with file.open("rb") as data:
        if length == 64:
            return hashlib.file_digest(data, "sha256").hexdigest()
        heading = hashlib.sha1(f"blob {file.stat().st_size}\0".encode(), usedforsecurity=False)
        return hashlib.file_digest(data, heading.copy).hexdigest()


@contextlib.contextmanager
def _refusals(repository: str, file: str, hub: str) -> Iterator[None]:
    """What huggingface_hub raises, and the HTTP library below it, which is another one in each of its versions."""
    from huggingface_hub import errors

    web = cast(tuple[type[Exception], ...], errors.HfHubHTTPError.__bases__)
    try:
        yield
    except errors.HFValidationError as error:
        raise Misuse(f"{one_line(repository, 80)!r} is no repository on {hub}: it is OWNER/NAME") from error
    except errors.GatedRepoError as error:
        raise Refusal(f"{hub}/{repository} wants you to agree to its terms there, and then: hf auth login") from error
    except errors.RepositoryNotFoundError as error:
        raise Refusal(f"there is no {repository} on {hub}; if it is private: hf auth login") from error
    except errors.EntryNotFoundError as error:
        raise Missing(f"{repository} on {hub} has no {file}") from error
    except errors.HfHubHTTPError as error:
        raise Refusal(f"{hub} refuses {file} of {repository}: HTTP status {error.response.status_code}") from error
    except web as error:
        if isinstance(error, OSError) and error.errno:
            raise  # the disk
        why = one_line(str(error).split("\n")[0], 200)
        raise Refusal(f"{file} cannot be fetched from {hub}: {why}; what has come is kept, try again") from error
