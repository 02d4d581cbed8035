"""Runs the models of this folder, which this project wrote, in onnxruntime.

    pip install onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
    go test -run TestWriteGolden -update ..     # writes *.onnx and *_rows.csv
    python make_golden.py                       # writes *_pred.csv

Each model passes onnx's checker, shapes included, before it is run.
"""

import pathlib

import numpy as np
import onnx
import onnxruntime

HERE = pathlib.Path(__file__).parent


def predict(file, x):
    """Checks the model and runs it on x, of doubles."""
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    (asked,) = session.get_inputs()
    (out,) = session.run(None, {asked.name: x})
    assert out.shape == (len(x), 1) and out.dtype == np.float32, (out.shape, out.dtype)
    return out[:, 0]


def main():
    for file in sorted(HERE.glob("*.onnx")):
        x = np.loadtxt(file.with_name(file.stem + "_rows.csv"), delimiter=",")
        np.savetxt(file.with_name(file.stem + "_pred.csv"), predict(file, x), fmt="%.9g")


if __name__ == "__main__":
    main()
