"""scikit-learn's ExtraTrees, by skl2onnx, which forgets where missing values go: they are imputed."""

from skl2onnx import to_onnx
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from lfb_candidates.fit import Fitted, Heartbeat, Target
from lfb_candidates.rows import Rows, Schema

LIBRARY = "scikit-learn"
QUANTITIES = ("mean",)
TREES = 100


def fit(train: Rows, valid: Rows, schema: Schema, target: Target, heartbeat: Heartbeat) -> Fitted:
    trees = ExtraTreesRegressor(TREES, min_samples_leaf=10, max_features=0.5, n_jobs=-1, random_state=target.seed)
    model = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), trees)
    model.fit(train.x32, train.y, extratreesregressor__sample_weight=train.weight)
    heartbeat(TREES, TREES, None)
    return Fitted(to_onnx(model, train.x32[:1]).SerializeToString(), "onnx", model.predict, TREES)
