"""The real LightGBM's half of integration_test.go, which starts it.

    check.py predict FOLDER   model.txt, rows.bin → pred.bin, contrib.bin (100 rows)
    check.py train FOLDER     train.bin, rows.bin → <variant>.txt, <variant>.bin

Files ending in .bin hold float64, little-endian: rows.bin row by row, train.bin
likewise with the target as last column. shape.json says how many columns there
are and which are categorical. Versions: bench/integration/interchange.sh.
"""

import json
import pathlib
import sys

import lightgbm as lgb
import numpy as np

COMMON = dict(num_leaves=31, min_data_per_group=50, verbosity=-1, num_threads=2, seed=1)
VARIANTS = {
    "regression": dict(objective="regression"),
    "regression_l1": dict(objective="regression_l1"),
    "quantile": dict(objective="quantile", alpha=0.9),
    "huber": dict(objective="huber"),
    "rf": dict(objective="regression", boosting="rf", bagging_fraction=0.6, bagging_freq=1,
               feature_fraction_bynode=0.6),
    "rf_quantile": dict(objective="quantile", alpha=0.9, boosting="rf", bagging_fraction=0.6, bagging_freq=1),
    "dart": dict(objective="regression", boosting="dart"),
    "goss": dict(objective="regression", data_sample_strategy="goss"),
    "zero_as_missing": dict(objective="regression", zero_as_missing=True),
    "no_missing": dict(objective="regression", use_missing=False),
}


def load(path, columns):
    return np.fromfile(path, "<f8").reshape(-1, columns)


def main():
    verb, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    shape = json.loads((folder / "shape.json").read_text())
    rows = load(folder / "rows.bin", shape["columns"])
    if verb == "predict":
        model = lgb.Booster(model_file=folder / "model.txt")
        model.predict(rows).astype("<f8").tofile(folder / "pred.bin")
        model.predict(rows[:100], pred_contrib=True).astype("<f8").tofile(folder / "contrib.bin")
        return
    train = load(folder / "train.bin", shape["columns"] + 1)
    for name, params in VARIANTS.items():
        params = COMMON | params
        data = lgb.Dataset(train[:, :-1], train[:, -1], categorical_feature=shape["categorical"], params=params)
        model = lgb.train(params, data, 40)
        model.save_model(folder / f"{name}.txt")
        model.predict(rows).astype("<f8").tofile(folder / f"{name}.bin")
    print(*VARIANTS)


if __name__ == "__main__":
    main()
