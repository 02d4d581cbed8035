"""Loads models:/NAME@ALIAS from an MLflow server and predicts rows.

usage: load.py SERVER NAME ALIAS FOLDER
FOLDER holds columns.txt (a name a line) and rows.bin (rows x columns of float64,
row by row); pyfunc.bin, onnx.bin and encoders.json are written beside them.
"""
import os
import shutil
import sys

import mlflow
import numpy as np
import pandas as pd

server, name, alias, folder = sys.argv[1:]
mlflow.set_tracking_uri(server)
uri = f"models:/{name}@{alias}"
columns = open(os.path.join(folder, "columns.txt")).read().split()
rows = np.fromfile(os.path.join(folder, "rows.bin")).reshape(-1, len(columns))
frame = pd.DataFrame(rows, columns=columns)

model = mlflow.pyfunc.load_model(uri)
np.asarray(model.predict(frame), dtype=np.float64).tofile(os.path.join(folder, "pyfunc.bin"))

import onnxruntime

graph = mlflow.onnx.load_model(uri)
session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
out = session.run(None, {session.get_inputs()[0].name: rows})[0]
np.asarray(out, dtype=np.float64).ravel().tofile(os.path.join(folder, "onnx.bin"))

local = mlflow.artifacts.download_artifacts(uri)
encoders = [f for f in os.listdir(local) if f.endswith("-encoders.json")]
shutil.copy(os.path.join(local, encoders[0]), os.path.join(folder, "encoders.json"))
print(model.metadata.run_id, model.metadata.metadata["lfb_version"])
