"""The libraries' half of integration_test.go, which starts it.

    fit.py FOLDER   train.bin, valid.bin, rows.bin, schema.json -> <candidate>.<quantity>, .json, .bin

train.bin and valid.bin hold float64, little-endian, row by row, the target last; rows.bin has
no target. Each candidate is fitted as in production, by child.py; .bin is what its file answers
to rows by onnxruntime or LightGBM.
"""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lfb_candidates.fit import candidate_names, load_candidate, predict_file


def main():
    folder = pathlib.Path(sys.argv[1])
    names = [c["name"] for c in json.loads((folder / "schema.json").read_text())["columns"]]
    for name in ("train", "valid"):
        rows = np.fromfile(folder / f"{name}.bin", "<f8").reshape(-1, len(names) + 1)
        table = pa.table({c: rows[:, j].copy() for j, c in enumerate([*names, "target"])})
        pq.write_table(table, folder / f"{name}.parquet")
    rows = np.fromfile(folder / "rows.bin", "<f8").reshape(-1, len(names)).astype(np.float32)
    for name in candidate_names():
        for quantity in load_candidate(name).QUANTITIES:
            command = [sys.executable, "-m", "lfb_candidates.child", folder, name, quantity, "1"]
            subprocess.run([*command, "train.parquet", "valid.parquet", "schema.json"], check=True, stdout=subprocess.DEVNULL)
            told, data = json.loads((folder / "model.json").read_text()), (folder / "model").read_bytes()
            predict_file(data, told["format"], rows).tofile(folder / f"{name}.{quantity}.bin")
            (folder / f"{name}.{quantity}").write_bytes(data)
            (folder / f"{name}.{quantity}.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main()
