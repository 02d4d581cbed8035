"""What LightGBM answers on the rows that accuracy.go saved.

    accuracy.py defaults FOLDER NAME          its defaults, on NAME-train and NAME-march
    accuracy.py tuned FOLDER SCORE NAME N     N trials of optuna judged on SCORE-train and
                                              SCORE-march, the winner fitted on NAME's

Prints one JSON object: mean and p90 of each row of NAME-march, and what was chosen.
"""
import json
import sys
import time

import lightgbm as lgb
import numpy as np
import pyarrow.parquet as pq


def load(folder, name, part):
    with open(f"{folder}/{name}-schema.json") as f:
        columns = json.load(f)["columns"]
    table = pq.read_table(f"{folder}/{name}-{part}.parquet")
    x = np.column_stack([table[c["name"]].to_numpy() for c in columns])
    categories = [j for j, c in enumerate(columns) if c.get("categories", 0) > 0]
    return x, table["seconds"].to_numpy(), categories


def fit(x, y, categories, params, rounds):
    data = lgb.Dataset(x, y, categorical_feature=categories)
    return lgb.train({"verbose": -1, "num_threads": 2, "seed": 1, **params}, data, rounds)


def both(folder, name, params, rounds):
    x, y, categories = load(folder, name, "train")
    z, _, _ = load(folder, name, "march")
    out = {}
    for key, extra in (("mean", {"objective": "regression"}), ("p90", {"objective": "quantile", "alpha": 0.9})):
        out[key] = fit(x, y, categories, {**params, **extra}, rounds).predict(z).tolist()
    return out


def tuned(folder, score, name, trials):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    x, y, categories = load(folder, score, "train")
    z, t, _ = load(folder, score, "march")

    def objective(trial):
        params = {
            "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.2, log=True),
            "num_leaves": trial.suggest_int("num_leaves", 4, 64, log=True),
            "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 10, 300, log=True),
            "lambda_l2": trial.suggest_float("lambda_l2", 1e-3, 100, log=True),
            "feature_fraction": trial.suggest_float("feature_fraction", 0.2, 1),
            "bagging_fraction": trial.suggest_float("bagging_fraction", 0.4, 1),
            "bagging_freq": 1,
            "cat_smooth": trial.suggest_float("cat_smooth", 1, 100, log=True),
        }
        data = lgb.Dataset(x, y, categorical_feature=categories, free_raw_data=False)
        held = lgb.Dataset(z, t, reference=data)
        model = lgb.train({"verbose": -1, "num_threads": 2, "seed": 1, "objective": "regression", **params}, data, 1500,
                          valid_sets=[held], callbacks=[lgb.early_stopping(50, verbose=False)])
        trial.set_user_attr("params", params)
        trial.set_user_attr("rounds", model.best_iteration)
        return float(np.sqrt(np.mean((model.predict(z) - t) ** 2)))

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))
    study.optimize(objective, n_trials=trials)
    best = study.best_trial
    out = both(folder, name, best.user_attrs["params"], best.user_attrs["rounds"])
    out["chosen"] = {**best.user_attrs["params"], "rounds": best.user_attrs["rounds"], "rmse": best.value}
    return out


if __name__ == "__main__":
    began = time.time()
    if sys.argv[1] == "defaults":
        result = both(sys.argv[2], sys.argv[3], {}, 100)
    else:
        result = tuned(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
    result["seconds"] = time.time() - began
    json.dump(result, sys.stdout)
