"""The activity FitCandidate, and the workers that poll for it."""

import asyncio
import contextlib
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, cast

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from lfb_candidates.contract import AttemptClosedError, FitInput, FitOutput, Head, InvalidError, RefusedError, Result
from lfb_candidates.fit import library_version, load_candidate
from lfb_candidates.transfer import Transfer

BEAT = 5  # seconds between heartbeats
PREFIX = "external:"


class Fitter:
    """The activity, with how many fits may run at a time on this machine."""

    def __init__(self, parallel: int = 1) -> None:
        self.turns = asyncio.Semaphore(parallel)

    @activity.defn(name="FitCandidate")
    async def fit_candidate(self, task: FitInput) -> FitOutput:
        try:
            return await self._fit_heads(task)
        except (InvalidError, RefusedError, AttemptClosedError) as err:
            kind = type(err).__name__.removesuffix("Error")
            raise ApplicationError(str(err)[:500], type=kind, non_retryable=True) from err

    async def _fit_heads(self, task: FitInput) -> FitOutput:
        name = task.candidate.removeprefix(PREFIX)
        candidate, progress = load_candidate(name), {"step": f"train {task.candidate}", "unit": "rounds"}
        transfer, results = Transfer(task.api, task.attempt), []
        async with _beating(progress), self.turns:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    files = {f.name: f for h in task.heads for f in (h.train, h.valid, h.schema)}
                    for file in files.values():
                        await asyncio.to_thread(transfer.download, file, Path(folder))
                    for head in task.heads:
                        for quantity in candidate.QUANTITIES:
                            progress |= {"head": head.head, "quantity": quantity}
                            data, told = await _fit_head(Path(folder), name, head, quantity, task.seed, progress)
                            results.append(await _give_back(transfer, task, head, quantity, data, told))
                finally:
                    transfer.stop.set()
        return FitOutput(results, library_version(candidate))


async def _give_back(
    transfer: Transfer, task: FitInput, head: Head, quantity: str, data: bytes, told: dict[str, Any]
) -> Result:
    if len(data) > task.max_bytes:
        raise InvalidError(f"{head.head}'s {quantity} has {len(data)} bytes, more than {task.max_bytes}")
    name = f"{head.head.replace('/', '-')}.{quantity}.{told['format']}"
    await asyncio.to_thread(transfer.upload, name, data)
    return Result(head.head, quantity, result=name, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), **told)


async def _fit_head(
    folder: Path, name: str, head: Head, quantity: str, seed: int, progress: dict[str, Any]
) -> tuple[bytes, dict[str, Any]]:
    """Runs child.py, which does not see the key, and takes over its progress."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("LFB_")} | {"OMP_WAIT_POLICY": "passive"}
    files = [head.train.name, head.valid.name, head.schema.name]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lfb_candidates.child", str(folder), name, quantity, str(seed), *files,
        env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    stdout, stderr = cast(asyncio.StreamReader, child.stdout), cast(asyncio.StreamReader, child.stderr)
    errors = asyncio.create_task(_read_tail(stderr))
    try:
        async for line in stdout:
            progress |= json.loads(line)
        code, said = await child.wait(), await errors
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if code:
        activity.logger.error("the fit of %s's %s failed: %s", head.head, quantity, said)
    if code < 0:
        raise OSError(f"the fit was ended by signal {-code}")  # of memory, mostly: another try may do
    if code:
        raise InvalidError(said.splitlines()[-1][:500])
    return (folder / "model").read_bytes(), json.loads((folder / "model.json").read_text())


async def _read_tail(stream: asyncio.StreamReader) -> str:
    """The end of what a library had to say, all of which is read."""
    tail = b""
    while chunk := await stream.read(1 << 16):
        tail = (tail + chunk)[-4096:]
    return tail.decode(errors="replace").strip() or "no word"


@contextlib.asynccontextmanager
async def _beating(progress: dict[str, Any]) -> AsyncIterator[None]:
    """Heartbeats while the body runs; a cancelled activity is told by them."""

    async def beat() -> None:
        while True:
            activity.heartbeat(dict(progress))
            await asyncio.sleep(BEAT)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()


async def run_workers(names: Sequence[str], client: Client, parallel: int = 1) -> None:
    """Polls the queue of each candidate until it is cancelled."""
    fitter = Fitter(parallel)
    async with contextlib.AsyncExitStack() as stack:
        for name in names:
            load_candidate(name)  # so that a library that is missing is known now
            queue = f"train-{name}"
            await stack.enter_async_context(Worker(client, task_queue=queue, activities=[fitter.fit_candidate]))
        await asyncio.Event().wait()
