"""What a candidate is: a module of lfb_candidates.fits with

LIBRARY = "xgboost"                     the distribution whose version is told
QUANTITIES = ("mean",)                  what fit answers; or ("mean", "p50", "p90")
def fit(train, valid, schema, target, heartbeat) -> Fitted
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pkgutil import iter_modules
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

import lfb_candidates.fits
from lfb_candidates.contract import InvalidError
from lfb_candidates.rows import Floats, Rows, Schema

# Called now and then with rounds done, rounds in all, and the loss on valid or None.
Heartbeat = Callable[[int, int, float | None], None]


@dataclass(frozen=True)
class Target:
    """What is to be fitted: the mean, or the quantile P50 or P90."""

    quantity: str = "mean"
    seed: int = 1  # below 2**31, as some libraries want it

    @property
    def quantile(self) -> float | None:
        return {"mean": None, "p50": 0.5, "p90": 0.9}[self.quantity]


@dataclass(frozen=True)
class Fitted:
    data: bytes
    format: str  # "lightgbm" or "onnx"
    predict: Callable[[npt.NDArray[np.float32]], Any]  # the library's own answers
    rounds: int = 0


class Candidate(Protocol):
    LIBRARY: str
    QUANTITIES: tuple[str, ...]

    def fit(self, train: Rows, valid: Rows, schema: Schema, target: Target, heartbeat: Heartbeat) -> Fitted: ...


def candidate_names() -> list[str]:
    return sorted(m.name for m in iter_modules(lfb_candidates.fits.__path__))


def load_candidate(name: str) -> Candidate:
    if name not in candidate_names():
        raise InvalidError(f"candidate {name!r}, not one of {candidate_names()}")
    return import_module(f"lfb_candidates.fits.{name}")


def library_version(candidate: Candidate) -> str:
    return f"{candidate.LIBRARY} {version(candidate.LIBRARY)}"


def predict_file(data: bytes, fmt: str, x: npt.NDArray[np.float32]) -> Floats:
    """What the file answers, by the runtime of its format."""
    if fmt == "lightgbm":
        import lightgbm

        return np.asarray(lightgbm.Booster(model_str=data.decode()).predict(x), np.float64).ravel()
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {session.get_inputs()[0].name: x})[0], np.float64).ravel()


def measure_difference(fitted: Fitted, rows: Rows) -> float:
    """The greatest difference in seconds between the file and the library's own predict.

    An exporter that leaves something out (scikit-learn's missing values, categories) writes
    another model, which nobody would notice: more than 0.1 s on average is refused. Single
    rows may differ by more, where a value is on the edge of a split for a float32.
    """
    if not len(rows):
        return 0.0
    x = rows.x32[:10_000]
    off = np.abs(predict_file(fitted.data, fitted.format, x) - np.asarray(fitted.predict(x), np.float64).ravel())
    if not off.mean() <= 0.1:
        raise InvalidError(f"the exported file answers {off.mean():.3g} s beside the library's own predict, on average")
    return float(off.max())
