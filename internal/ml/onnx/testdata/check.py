"""onnxruntime's half of integration_test.go, which starts it.

    check.py FOLDER   *.onnx, rows.bin → *.bin

rows.bin holds float64, little-endian, row by row; shape.json says how many
columns there are. Versions: bench/integration/interchange.sh.
"""

import json
import pathlib
import sys

import numpy as np

from make_golden import predict


def main():
    folder = pathlib.Path(sys.argv[1])
    shape = json.loads((folder / "shape.json").read_text())
    rows = np.fromfile(folder / "rows.bin", "<f8").reshape(-1, shape["columns"])
    for file in sorted(folder.glob("*.onnx")):
        predict(file, rows).astype("<f8").tofile(file.with_suffix(".bin"))


if __name__ == "__main__":
    main()
