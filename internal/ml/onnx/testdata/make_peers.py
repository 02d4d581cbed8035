"""Writes the models of other libraries that read_test.go reads, and onnxruntime's answers.

    make_peers.py   -> peers/*.onnx, peers/rows.csv, peers/*_pred.csv

Run in an environment of candidates/python/requirements.txt; the data are made up.
"""

import pathlib

import catboost
import numpy as np
import onnx
import onnxruntime
import sklearn.ensemble
import sklearn.impute
import sklearn.linear_model
import sklearn.pipeline
import sklearn.preprocessing
import skl2onnx
import xgboost
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

FOLDER = pathlib.Path(__file__).parent / "peers"
COLUMNS = 6


def rows(seed, count):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, COLUMNS))
    x[:, 5] = rng.integers(0, 30, count)
    y = 300 + 50 * x[:, 0] + 20 * np.sin(x[:, 1]) + x[:, 5] + 10 * rng.normal(size=count)
    x[rng.random(x.shape) < 0.1] = np.nan
    return x, y


def thresholds(model):
    for node in model.graph.node:
        values = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        for mode, column, value in zip(
            values.get("nodes_modes", []), values.get("nodes_featureids", []), values.get("nodes_values", [])
        ):
            if mode != b"LEAF" and abs(value) < 1e30:
                yield column, value


def models(x, y):
    types = [("X", FloatTensorType([None, COLUMNS]))]
    forest = sklearn.ensemble.ExtraTreesRegressor(5, max_depth=4, random_state=1)
    line = sklearn.pipeline.make_pipeline(sklearn.preprocessing.StandardScaler(), sklearn.linear_model.Ridge())
    boosted = sklearn.ensemble.HistGradientBoostingRegressor(max_iter=10, max_leaf_nodes=8)
    cat = catboost.CatBoostRegressor(iterations=10, depth=3, verbose=0, allow_writing_files=False)
    cat.fit(x, y)
    cat.save_model(str(FOLDER / "catboost.onnx"), format="onnx")
    yield "catboost", onnx.load(FOLDER / "catboost.onnx")
    yield "xgboost", convert_xgboost(xgboost.XGBRegressor(n_estimators=10, max_depth=3).fit(x, y), initial_types=types)
    for name, model in [
        ("extratrees", sklearn.pipeline.make_pipeline(sklearn.impute.SimpleImputer(), forest)),
        ("histgradientboosting", boosted),
        ("ridge", sklearn.pipeline.make_pipeline(sklearn.impute.SimpleImputer(), line)),
    ]:
        yield name, skl2onnx.to_onnx(model.fit(x, y), x[:1].astype(np.float32))


def average(model):
    """The same trees, whose mean is asked for."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    model.graph.node[0].attribute.append(onnx.helper.make_attribute("aggregate_function", "AVERAGE"))
    return model


def main():
    FOLDER.mkdir(exist_ok=True)
    made = dict(models(*rows(1, 2000)))
    made["average"] = average(made["xgboost"])
    x, _ = rows(2, 300)
    # At thresholds, and beside them by less than a float32 can tell.
    rng = np.random.default_rng(3)
    for column, value in (pair for model in made.values() for pair in thresholds(model)):
        x[rng.integers(len(x)), column] = value * (1 + rng.choice([0, 1e-9, -1e-9, 2e-8, -2e-8, 7e-8, -7e-8]))
    np.savetxt(FOLDER / "rows.csv", x, delimiter=",", fmt="%.17g")
    for name, model in made.items():
        (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())
        session = onnxruntime.InferenceSession(model.SerializeToString())
        answers = session.run(None, {session.get_inputs()[0].name: x.astype(np.float32)})[0].ravel()
        np.savetxt(FOLDER / f"{name}_pred.csv", answers, fmt="%.9g")


if __name__ == "__main__":
    main()
