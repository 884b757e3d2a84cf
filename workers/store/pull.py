"""Fetch published files from the Hugging Face hub.

Uses huggingface_hub (Apache-2.0) for mirrors ($HF_ENDPOINT), tokens, proxies and retries, but not its cache, which
restarts an interrupted download, while here it is resumed. The metadata of a file is described in
https://huggingface.co/docs/huggingface_hub/package_reference/file_download.
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
"""Bytes lost at most when a connection breaks; huggingface_hub's default is 10 MiB."""
_CHECKSUM: Final = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class Download:
    """A download of files of one repository into the store ``kind``. Use it while the Place is locked.

    Complete and partial files stay in the store's folder ``.came``, from which the next download resumes.
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
        """OWNER/NAME@COMMIT of the fetched files."""
        return f"{self._repository}@{self._commit}"

    def bring(self, file: str, target: Path) -> Path:
        """Fetch a file of the repository to ``target``. Refusal where it is unavailable or its checksum is wrong."""
        whole, self._commit = _fetch(self._repository, file, self._came, self._commit)
        try:
            os.link(whole, target)  # a hard link, until the download is discarded
        except OSError:
            whole.rename(target)
        return target

    def bring_first(self, files: Iterable[str], folder: Path) -> Path:
        """Fetch the first of these files that the repository has."""
        *others, last = files
        for file in others:
            with contextlib.suppress(Missing):
                return self.bring(file, folder / file)
        return self.bring(last, folder / last)

    def discard(self) -> None:
        """Delete the downloaded files."""
        shutil.rmtree(self._came)


class Missing(Refusal):
    """The repository has no such file."""


def _fetch(repository: str, file: str, folder: Path, commit: str | None) -> tuple[Path, str]:
    """Fetch a file of the repository to ``folder``, named by its checksum; return its path and its commit.

    commit: None: the newest. A partial file stays in ``folder``, and the next call resumes it. Refusal where the file
    is unavailable or its checksum is wrong; Misuse where ``repository`` is not a valid name; ModuleNotFoundError
    without huggingface_hub.
    """
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # it would send the list of installed packages
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
    """Checksum as the hub has it: SHA-256 of a large file; git's SHA-1, which includes a header, of a small one."""
    with file.open("rb") as data:
        if length == 64:
            return hashlib.file_digest(data, "sha256").hexdigest()
        heading = hashlib.sha1(f"blob {file.stat().st_size}\0".encode(), usedforsecurity=False)
        return hashlib.file_digest(data, heading.copy).hexdigest()


@contextlib.contextmanager
def _refusals(repository: str, file: str, hub: str) -> Iterator[None]:
    """Turn errors of huggingface_hub and of its HTTP library, which differs between versions, into Refusals."""
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
            raise  # a disk error
        why = one_line(str(error).split("\n")[0], 200)
        raise Refusal(f"{file} cannot be fetched from {hub}: {why}; what has come is kept, try again") from error
