"""Every candidate is fitted through child.py on made-up rows, whose file answers as the library does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lfb_candidates.contract import InvalidError
from lfb_candidates.fit import (
    Fitted,
    candidate_names,
    library_version,
    load_candidate,
    measure_difference,
    predict_file,
)
from lfb_candidates.rows import read_rows, read_schema


def write_rows(folder: Path, name: str, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    km, ground = 4 * rng.random(rows), rng.integers(0, 30, rows).astype(float)
    hour = rng.integers(0, 24, rows).astype(float)
    y = 200 + 50 * km + 8 * (ground % 5) + 40 * rng.exponential(size=rows)
    km[rng.random(rows) < 0.1] = np.nan
    columns = {"unasked": hour, "km": km, "ground": ground, "hour": hour, "empty": np.full(rows, np.nan), "target": y}
    pq.write_table(pa.table(columns), folder / name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("rows")
    write_rows(out, "train.parquet", 1500, 1)
    write_rows(out, "valid.parquet", 800, 2)
    write_rows(out, "none.parquet", 0, 3)
    columns = [{"name": "km", "monotone": 1}, {"name": "ground", "categories": 30}, {"name": "hour"}, {"name": "empty"}]
    (out / "schema.json").write_text(json.dumps({"columns": columns, "target": "target"}))
    return out


def run_child(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lfb_candidates.child", str(folder), *args]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}  # threads that wait for each other crawl on a busy machine
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)  # noqa: S603


def fit_file(folder: Path, name: str, quantity: str = "mean", valid: str = "valid.parquet") -> tuple[bytes, str]:
    done = run_child(folder, name, quantity, "7", "train.parquet", valid, "schema.json")
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        assert json.loads(line).keys() == {"done", "total", "valid"}
    told = json.loads((folder / "model.json").read_text())
    assert told["rounds"] > 0
    return (folder / "model").read_bytes(), told["format"]


@pytest.mark.parametrize("name", candidate_names())
def test_candidate(folder: Path, name: str) -> None:
    candidate = load_candidate(name)
    assert library_version(candidate)[-1].isdigit()
    rows = read_rows(folder / "valid.parquet", read_schema(folder / "schema.json"))
    for quantity in candidate.QUANTITIES:
        data, fmt = fit_file(folder, name, quantity)
        answers = predict_file(data, fmt, rows.x32)
        if quantity == "mean":
            assert np.sqrt(np.mean((answers - rows.y) ** 2)) < 0.9 * rows.y.std()
            assert data == fit_file(folder, name)[0], "the same seed gives other bytes"
        else:
            share = {"p50": 0.5, "p90": 0.9}[quantity]
            assert abs(np.mean(rows.y <= answers) - share) < 0.1
    fit_file(folder, name, valid="none.parquet")


def test_errors_are_told(folder: Path) -> None:
    for args, said in [
        (["nosuch", "mean", "1", "train.parquet", "valid.parquet", "schema.json"], "not one of"),
        (["xgboost", "mean", "1", "schema.json", "valid.parquet", "schema.json"], "schema.json"),
        (["xgboost", "mean", "1", "train.parquet", "valid.parquet", "train.parquet"], "train.parquet"),
        (["xgboost", "mean", "1", "none.parquet", "valid.parquet", "schema.json"], "no rows"),
    ]:
        done = run_child(folder, *args)
        assert done.returncode == 1, done
        assert said in done.stderr.splitlines()[-1]


def test_an_export_that_is_another_model_is_refused(folder: Path) -> None:
    rows = read_rows(folder / "valid.parquet", read_schema(folder / "schema.json"))
    file, _ = fit_file(folder, "extratrees")
    right = Fitted(file, "onnx", lambda x: predict_file(file, "onnx", x))
    assert measure_difference(right, rows) == 0
    wrong = Fitted(file, "onnx", lambda x: predict_file(file, "onnx", x) + 1)
    with pytest.raises(InvalidError):
        measure_difference(wrong, rows)
