"""Makes the golden files of this folder with the real LightGBM.

    pip install lightgbm==4.7.0 numpy==2.4.6
    go test -run TestWriteGolden -update ..     # writes ours*.txt and their rows
    python make_golden.py

For each variant it writes <name>.txt, the model, and <name>_pred.csv, what
Booster.predict gives for rows.csv; contrib.csv is pred_contrib of regression.
For ours*.txt, which this project wrote, it writes the predictions alone.
"""

import pathlib

import lightgbm as lgb
import numpy as np

HERE = pathlib.Path(__file__).parent
NAMES = ["distance_km", "hour", "load", "ground", "kind", "constant"]
COMMON = dict(num_leaves=12, learning_rate=0.2, min_data_per_group=20, verbosity=-1,
              num_threads=1, seed=1, deterministic=True)
VARIANTS = {
    "regression": dict(objective="regression", monotone_constraints=[1, 0, 0, 0, 0, 0]),
    "regression_l1": dict(objective="regression_l1"),
    "quantile": dict(objective="quantile", alpha=0.9),
    "rf": dict(objective="regression", boosting="rf", bagging_fraction=0.6, bagging_freq=1,
               feature_fraction_bynode=0.6),
    "zero": dict(objective="regression", zero_as_missing=True),
    "none": dict(objective="regression", use_missing=False),
    "sqrt": dict(objective="regression", reg_sqrt=True),
    "poisson": dict(objective="poisson"),
    "dart": dict(objective="huber", boosting="dart"),
}


def rows(rng, n, unseen):
    """Numbers with zeros, categories, a fifth missing; unseen codes where asked."""
    x = np.empty((n, len(NAMES)))
    x[:, 0] = 4 * rng.random(n)
    x[:, 1] = rng.integers(0, 24, n)
    x[:, 2] = np.where(rng.random(n) < 0.4, 0, rng.normal(size=n))
    x[:, 3] = rng.integers(0, 70, n)
    x[:, 4] = rng.integers(0, 4, n)
    x[:, 5] = 7
    if unseen:
        x[:, 3] = rng.integers(-1, 140, n)
        x[:, 4] = rng.integers(0, 9, n)
        x[: n // 20, 0] = 0
    for j in range(5):
        x[rng.random(n) < 0.2, j] = np.nan
    return x


def target(rng, x):
    z = np.nan_to_num(x, nan=2.0)
    level = 200 + 50 * z[:, 0] + 8 * (z[:, 3] % 7) + 30 * z[:, 4] - 40 * (x[:, 2] == 0) + 25 * np.isnan(x[:, 1])
    return np.round(level + 40 * rng.exponential(size=len(z)))


def save(name, values):
    np.savetxt(HERE / name, values, fmt="%.17g", delimiter=",")


def main():
    rng = np.random.default_rng(7)
    x = rows(rng, 3000, unseen=False)
    y = target(rng, x)
    ask = rows(rng, 400, unseen=True)
    save("rows.csv", ask)
    for name, params in VARIANTS.items():
        data = lgb.Dataset(x, y, feature_name=NAMES, categorical_feature=[3, 4], params=COMMON | params)
        model = lgb.train(COMMON | params, data, 15)
        model.save_model(HERE / f"{name}.txt")
        if name not in ("sqrt", "poisson"):  # to be refused
            save(f"{name}_pred.csv", model.predict(ask))
        if name == "regression":
            save("contrib.csv", model.predict(ask[:50], pred_contrib=True))
    data = lgb.Dataset(x[:, :3], y, params=COMMON)
    linear = lgb.train(COMMON | dict(objective="regression", linear_tree=True, num_leaves=3), data, 1)
    linear.save_model(HERE / "linear.txt")  # to be refused
    for name in ("ours", "ours_forest"):
        model = lgb.Booster(model_file=HERE / f"{name}.txt")
        save(f"{name}_pred.csv", model.predict(np.loadtxt(HERE / f"{name}_rows.csv", delimiter=",")))


if __name__ == "__main__":
    main()
