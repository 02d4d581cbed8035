"""One fit in a process of its own, without the key: it can be ended at any moment.

    child.py FOLDER CANDIDATE QUANTITY SEED TRAIN VALID SCHEMA

reads the files in FOLDER, writes one JSON line a heartbeat to standard output, then the
model to FOLDER/model and what is known of it to FOLDER/model.json.
"""

import json
import os
import sys
import time
import traceback
from pathlib import Path

from lfb_candidates.contract import InvalidError
from lfb_candidates.fit import Target, load_candidate, measure_difference
from lfb_candidates.rows import read_rows, read_schema


def run_fit(folder: Path, name: str, target: Target, files: list[str]) -> None:
    said = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # libraries print; that is for the log
    last = 0.0

    def heartbeat(done: int, total: int, valid: float | None) -> None:
        nonlocal last
        if done == total or time.monotonic() - last > 0.5:
            last = time.monotonic()
            said.write(json.dumps({"done": done, "total": total, "valid": valid}) + "\n")

    schema = read_schema(folder / files[2])
    train, valid = read_rows(folder / files[0], schema), read_rows(folder / files[1], schema)
    if not len(train):
        raise InvalidError(f"{files[0]}: no rows")
    fitted = load_candidate(name).fit(train, valid, schema, target, heartbeat)
    difference = measure_difference(fitted, valid if len(valid) else train)
    (folder / "model").write_bytes(fitted.data)
    told = {"format": fitted.format, "rounds": int(fitted.rounds), "difference_seconds": difference}
    (folder / "model.json").write_text(json.dumps(told))


def main() -> None:
    folder, name, quantity, seed, *files = sys.argv[1:]
    try:
        run_fit(Path(folder), name, Target(quantity, int(seed) % 2**31), files)
    except Exception as err:  # whatever a library raises: the last line says it
        traceback.print_exc()
        sys.exit(" ".join(f"{type(err).__name__}: {err}".split())[:500])


if __name__ == "__main__":
    main()
