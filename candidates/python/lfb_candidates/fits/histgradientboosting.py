"""scikit-learn's HistGradientBoosting, by skl2onnx, which knows no categories: their codes are numbers here."""

import numpy as np
from skl2onnx import to_onnx
from sklearn.ensemble import HistGradientBoostingRegressor

from lfb_candidates.fit import Fitted, Heartbeat, Target
from lfb_candidates.rows import Rows, Schema

LIBRARY = "scikit-learn"
QUANTITIES = ("mean", "p50", "p90")


def fit(train: Rows, valid: Rows, schema: Schema, target: Target, heartbeat: Heartbeat) -> Fitted:
    loss = {"loss": "squared_error"} if target.quantile is None else {"loss": "quantile", "quantile": target.quantile}
    model = HistGradientBoostingRegressor(
        learning_rate=0.05, max_iter=500, max_leaf_nodes=15, min_samples_leaf=60, l2_regularization=10,
        max_features=0.5, monotonic_cst=schema.monotone, early_stopping=len(valid) > 0, n_iter_no_change=50,
        random_state=target.seed, **loss,
    )  # fmt: skip
    checks = {"X_val": valid.x32, "y_val": valid.y, "sample_weight_val": valid.weight} if len(valid) else {}
    x = np.where(np.isnan(train.x32).all(axis=0), np.float32(0), train.x32)  # an empty column has no bins
    model.fit(x, train.y, sample_weight=train.weight, **checks)
    heartbeat(model.n_iter_, model.n_iter_, None)
    return Fitted(to_onnx(model, train.x32[:1]).SerializeToString(), "onnx", model.predict, model.n_iter_)
