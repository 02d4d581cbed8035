"""What the files of one attempt answer, for python_test.go.

    compare.py FOLDER HEAD   HEAD.schema.json, attendance.train.parquet, HEAD.mean.* -> rows.bin, answers.bin

10,000 of the rows that were given out, a tenth of whose values is then taken away; rows.bin has
them as doubles, row by row, answers.bin what the file says by onnxruntime or LightGBM.
"""

import pathlib
import sys

import numpy as np

from lfb_candidates.fit import predict_file
from lfb_candidates.rows import read_rows, read_schema

folder, head = pathlib.Path(sys.argv[1]), sys.argv[2]
rows = read_rows(folder / "attendance.train.parquet", read_schema(folder / f"{head}.schema.json"))
rng = np.random.default_rng(1)
x = rows.x[rng.permutation(len(rows))[:10_000]]
x[rng.random(x.shape) < 0.1] = np.nan
x = x.astype(np.float32)
x.astype("<f8").tofile(folder / "rows.bin")
(file,) = folder.glob(f"{head}.mean.*")
predict_file(file.read_bytes(), file.suffix[1:], x).tofile(folder / "answers.bin")
