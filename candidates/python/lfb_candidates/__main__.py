"""python -m lfb_candidates [NAME …]: fits the candidates asked for, or all that are here."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys

from temporalio.client import Client

from lfb_candidates.fit import candidate_names
from lfb_candidates.worker import run_workers


async def run(names: list[str], parallel: int) -> None:
    client = await Client.connect(
        os.environ.get("LFB_TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        namespace=os.environ.get("LFB_TEMPORAL_NAMESPACE", "default"),
        api_key=os.environ.get("LFB_TEMPORAL_API_KEY") or None,
        tls=os.environ.get("LFB_TEMPORAL_TLS", "") in ("1", "true"),
    )
    task = asyncio.ensure_future(run_workers(names, client, parallel))
    for sig in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sig, task.cancel)
    logging.info("polling train-{%s}", ",".join(names))
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main() -> None:
    parser = argparse.ArgumentParser(prog="lfb_candidates", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(candidate_names())}; none: all")
    parser.add_argument("--parallel", type=int, default=1, help="fits at a time (default 1)")
    args = parser.parse_args()
    names = args.names or candidate_names()
    if unknown := sorted(set(names) - set(candidate_names())):
        parser.error(f"no such candidate: {', '.join(unknown)}")
    if not os.environ.get("LFB_CANDIDATE_KEY"):
        sys.exit("LFB_CANDIDATE_KEY is not set: a key of scope candidate (docs/CANDIDATES.md)")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(run(names, args.parallel))


if __name__ == "__main__":
    main()
