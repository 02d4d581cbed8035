"""The activity against an admin API that a thread plays: files fetched, results given back, errors by their kind."""

import asyncio
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from lfb_candidates.contract import FileRef, FitInput, FitOutput, Head, InvalidError
from lfb_candidates.fit import predict_file
from lfb_candidates.transfer import Transfer
from lfb_candidates.worker import Fitter
from tests.test_fits import write_rows


class Api(BaseHTTPRequestHandler):
    files: ClassVar[dict[str, bytes]] = {}
    results: ClassVar[dict[str, bytes]] = {}
    status: ClassVar[int] = 200
    seen: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        self.seen.set()
        body = self.files.get(self.path.removeprefix("/v1/candidates/a1/files/"), b"")
        status = self.status if self.headers["Authorization"] == "Bearer k" else 401
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.path)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        name = self.path.removeprefix("/v1/candidates/a1/results/")
        self.results[name] = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FitInput]:
    monkeypatch.setenv("LFB_CANDIDATE_KEY", "k")
    monkeypatch.delenv("LFB_CANDIDATE_API", raising=False)
    write_rows(tmp_path, "both.train.parquet", 2000, 1)
    write_rows(tmp_path, "both.valid.parquet", 500, 2)
    schema = {"columns": [{"name": "km"}, {"name": "ground"}, {"name": "hour"}], "target": "target"}
    (tmp_path / "attendance.schema.json").write_text(json.dumps(schema))
    Api.files = {f.name: f.read_bytes() for f in tmp_path.iterdir()}
    Api.results, Api.status, Api.seen = {}, 200, threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    refs = {name: FileRef(name, hashlib.sha256(data).hexdigest(), len(data)) for name, data in Api.files.items()}
    files = refs["both.train.parquet"], refs["both.valid.parquet"], refs["attendance.schema.json"]
    heads = [Head("attendance", *files), Head("attendance/sent", *files)]
    yield FitInput("a1", "external:xgboost", f"http://127.0.0.1:{server.server_port}", heads, 1, 1 << 24)
    server.shutdown()
    server.server_close()


def run(task: FitInput) -> tuple[FitOutput, list[dict[str, object]]]:
    env = ActivityEnvironment()
    beats: list[dict[str, object]] = []
    env.on_heartbeat = lambda *args: beats.append(*args)
    return asyncio.run(env.run(Fitter().fit_candidate, task)), beats


def changed(task: FitInput, **fields: object) -> FitInput:
    return FitInput(**{**task.__dict__, **fields})


def test_two_heads(task: FitInput) -> None:
    out, beats = run(task)
    assert [r.result for r in out.results] == ["attendance.mean.onnx", "attendance-sent.mean.onnx"]
    for r in out.results:
        data = Api.results[r.result]
        assert (r.bytes, r.sha256, r.format) == (len(data), hashlib.sha256(data).hexdigest(), "onnx")
        assert r.rounds > 10
        assert r.difference_seconds < 0.01
        assert len(predict_file(data, "onnx", np.zeros((3, 3), np.float32))) == 3
    assert out.library.startswith("xgboost-cpu ")
    assert beats[0] == {"step": "train external:xgboost", "unit": "rounds"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "Refused"),
        (403, "Refused"),
        (404, "AttemptClosed"),
        (410, "AttemptClosed"),
        (413, "Invalid"),
        (302, "Invalid"),
    ],
)
def test_refusals(task: FitInput, status: int, kind: str) -> None:
    Api.status = status
    with pytest.raises(ApplicationError) as err:
        run(task)
    assert err.value.type == kind
    assert err.value.non_retryable


def test_what_a_later_try_may_mend(task: FitInput) -> None:
    Api.status = 503
    with pytest.raises(OSError, match="503"):
        run(task)


@pytest.mark.parametrize("fields", [{"candidate": "external:nosuch"}, {"max_bytes": 10}, {"api": "http://example.org"},
                                    {"api": "ftp://127.0.0.1"}, {"attempt": "../x"}])  # fmt: skip
def test_wrong_tasks(task: FitInput, fields: dict[str, object]) -> None:
    with pytest.raises(ApplicationError) as err:
        run(changed(task, **fields))
    assert err.value.type == "Invalid"


def test_files_that_are_not_as_promised(task: FitInput, tmp_path: Path) -> None:
    transfer = Transfer(task.api, task.attempt)
    good = task.heads[0].schema
    for bad in [FileRef(good.name, "0" * 64, good.bytes), FileRef(good.name, good.sha256, good.bytes - 1),
                FileRef("../up", good.sha256, good.bytes), FileRef("", good.sha256, good.bytes)]:  # fmt: skip
        with pytest.raises(InvalidError):
            transfer.download(bad, tmp_path)


def test_the_key_goes_to_the_address_that_is_set() -> None:
    transfer = Transfer("https://elsewhere", "a1", {"LFB_CANDIDATE_API": "http://api:8002/", "LFB_CANDIDATE_KEY": "k"})
    assert transfer.base == "http://api:8002/v1/candidates/a1"


def test_cancelled_while_fitting(task: FitInput) -> None:
    async def cancel() -> None:
        env = ActivityEnvironment()
        fit = asyncio.create_task(env.run(Fitter().fit_candidate, changed(task, candidate="external:extratrees")))
        await asyncio.to_thread(Api.seen.wait)
        fit.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fit

    asyncio.run(cancel())
    assert Api.results == {}
