"""Files from the admin API and back, by the key in LFB_CANDIDATE_KEY.

The key is sent to one address alone: that of LFB_CANDIDATE_API where it is set, else the
activity's own, by https or to this machine; redirects are not followed.
"""

import hashlib
import os
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from lfb_candidates.contract import AttemptClosedError, FileRef, InvalidError, RefusedError

CHUNK = 1 << 20
TIMEOUT = 30  # seconds without a byte


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class Transfer:
    """What one attempt fetches and gives back. Setting stop ends a download at the next chunk."""

    def __init__(self, api: str, attempt: str, env: Mapping[str, str] = os.environ) -> None:
        api, trusted = env.get("LFB_CANDIDATE_API") or api, bool(env.get("LFB_CANDIDATE_API"))
        where = urlsplit(api)
        if where.scheme not in ("http", "https") or not where.hostname or where.query:
            raise InvalidError(f"the admin API's address {api!r} is none")
        if where.scheme == "http" and not trusted and where.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise InvalidError(f"no key goes to {api} in plain text: set LFB_CANDIDATE_API if it should")
        if not re.fullmatch(r"[A-Za-z0-9._-]+", attempt):
            raise InvalidError(f"attempt {attempt!r}")
        self.base = f"{api.rstrip('/')}/v1/candidates/{attempt}"
        self.key = env.get("LFB_CANDIDATE_KEY", "")
        self.stop = threading.Event()
        self.opener = urllib.request.build_opener(_NoRedirect)

    def download(self, file: FileRef, folder: Path) -> Path:
        """The file in folder, held to its size and hash."""
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", file.name):
            raise InvalidError(f"file name {file.name!r}")
        out, digest, size = folder / file.name, hashlib.sha256(), 0
        with self._open("GET", f"files/{file.name}") as body, out.open("wb") as to:
            while (chunk := body.read(CHUNK)) and size <= file.bytes and not self.stop.is_set():
                size += to.write(chunk)
                digest.update(chunk)
        if size != file.bytes or digest.hexdigest() != file.sha256:
            raise InvalidError(f"{file.name}: {size} bytes of another hash than the {file.bytes} that were promised")
        return out

    def upload(self, name: str, data: bytes) -> None:
        with self._open("PUT", f"results/{name}", data):
            pass

    def _open(self, method: str, path: str, data: bytes | None = None) -> IO[bytes]:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/octet-stream"}
        request = urllib.request.Request(f"{self.base}/{path}", data, headers, method=method)  # noqa: S310  # checked above
        try:
            return self.opener.open(request, timeout=TIMEOUT)  # type: ignore[no-any-return]
        except urllib.error.HTTPError as err:
            said = f"{method} {path}: {err.code} {err.read(200).decode(errors='replace')}"
            kind = {
                401: RefusedError,
                403: RefusedError,
                404: AttemptClosedError,
                409: AttemptClosedError,
                410: AttemptClosedError,
            }
            if err.code >= 500 or err.code in (408, 429):
                raise OSError(said) from err
            raise kind.get(err.code, InvalidError)(said) from err
