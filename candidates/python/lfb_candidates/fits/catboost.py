"""CatBoost, by its own ONNX export, which knows no categories: their codes are numbers here."""

import tempfile
from pathlib import Path
from typing import Protocol

import catboost
import onnx

from lfb_candidates.fit import Fitted, Heartbeat, Target
from lfb_candidates.rows import Rows, Schema

LIBRARY = "catboost"
QUANTITIES = ("mean",)
ROUNDS = 800


class Round(Protocol):
    iteration: int
    metrics: dict[str, dict[str, list[float]]]


class Progress:
    def __init__(self, heartbeat: Heartbeat) -> None:
        self.heartbeat = heartbeat

    def after_iteration(self, info: Round) -> bool:
        loss = next((values[-1] for values in info.metrics.get("validation", {}).values()), None)
        self.heartbeat(info.iteration, ROUNDS, loss)
        return True


def fit(train: Rows, valid: Rows, schema: Schema, target: Target, heartbeat: Heartbeat) -> Fitted:
    model = catboost.CatBoostRegressor(
        iterations=ROUNDS, learning_rate=0.06, depth=6, l2_leaf_reg=10, loss_function="RMSE", random_seed=target.seed,
        monotone_constraints=schema.monotone, early_stopping_rounds=50, allow_writing_files=False, verbose=False,
    )  # fmt: skip
    checks = (valid.x32, valid.y) if len(valid) else None
    model.fit(train.x32, train.y, sample_weight=train.weight, eval_set=checks, callbacks=[Progress(heartbeat)])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        model.save_model(str(file), format="onnx")
        graph = onnx.load(file)
    del graph.metadata_props[:]  # of when it was fitted: the same model has the same bytes
    return Fitted(graph.SerializeToString(), "onnx", model.predict, model.tree_count_)
