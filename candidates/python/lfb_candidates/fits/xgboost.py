"""XGBoost, by onnxmltools, which knows no categories: their codes are numbers here."""

import xgboost as xgb
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

from lfb_candidates.fit import Fitted, Heartbeat, Target
from lfb_candidates.rows import Rows, Schema

LIBRARY = "xgboost-cpu"
QUANTITIES = ("mean",)
ROUNDS = 600


class Progress(xgb.callback.TrainingCallback):  # type: ignore[misc]  # without types
    def __init__(self, heartbeat: Heartbeat) -> None:
        self.heartbeat = heartbeat

    def after_iteration(self, model: object, epoch: int, evals_log: dict[str, dict[str, list[float]]]) -> bool:
        self.heartbeat(epoch + 1, ROUNDS, next((m[-1] for v in evals_log.values() for m in v.values()), None))
        return False


def fit(train: Rows, valid: Rows, schema: Schema, target: Target, heartbeat: Heartbeat) -> Fitted:
    model = xgb.XGBRegressor(
        n_estimators=ROUNDS, learning_rate=0.04, max_depth=5, min_child_weight=60, reg_lambda=10, subsample=0.7,
        colsample_bytree=0.4, tree_method="hist", random_state=target.seed, callbacks=[Progress(heartbeat)],
        monotone_constraints=tuple(schema.monotone), early_stopping_rounds=50 if len(valid) else None,
    )  # fmt: skip
    checks = [(valid.x32, valid.y)] if len(valid) else None
    model.fit(train.x32, train.y, sample_weight=train.weight, eval_set=checks, verbose=False)
    graph = convert_xgboost(model, name=LIBRARY, initial_types=[("X", FloatTensorType([None, len(schema.columns)]))])
    rounds = model.best_iteration + 1 if len(valid) else ROUNDS
    return Fitted(graph.SerializeToString(), "onnx", model.predict, rounds)
