"""LightGBM: its text model, with its own categories and quantiles."""

import lightgbm as lgb

from lfb_candidates.fit import Fitted, Heartbeat, Target
from lfb_candidates.rows import Rows, Schema

LIBRARY = "lightgbm"
QUANTITIES = ("mean", "p50", "p90")


def fit(train: Rows, valid: Rows, schema: Schema, target: Target, heartbeat: Heartbeat) -> Fitted:
    objective: dict[str, object] = {"objective": "quantile", "alpha": target.quantile}
    if target.quantile is None:  # quantiles cannot be monotone there
        objective = {"objective": "regression", "monotone_constraints": schema.monotone}
    parameters = {
        "learning_rate": 0.04, "num_leaves": 15, "min_data_in_leaf": 60, "lambda_l2": 10, "cat_smooth": 30,
        "feature_fraction": 0.4, "bagging_fraction": 0.7, "bagging_freq": 1, "verbose": -1, "deterministic": True,
        "seed": target.seed, **objective,
    }  # fmt: skip
    names = [c.name for c in schema.columns]
    data = lgb.Dataset(
        train.x, train.y, weight=train.weight, feature_name=names, categorical_feature=schema.categorical
    )
    calls = [
        lambda e: heartbeat(e.iteration + 1, e.end_iteration, next((r[2] for r in e.evaluation_result_list), None))
    ]
    checks = [data.create_valid(valid.x, valid.y, weight=valid.weight)] if len(valid) else []
    if checks:
        calls.append(lgb.early_stopping(50, verbose=False))
    booster = lgb.train(parameters, data, 500, valid_sets=checks, callbacks=calls)
    text = booster.model_to_string(num_iteration=booster.best_iteration)
    return Fitted(text.encode(), "lightgbm", booster.predict, booster.best_iteration or booster.current_iteration())
