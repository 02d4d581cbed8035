"""What a Python user would run on the same rows: one measurement a process.

    peers.py WHAT FOLDER [key=value ...]

prints one line of JSON, as the Go program's child does. bench/peers/main.go runs
both by turns and makes the table.
"""
import ctypes
import gc
import json
import os
import sys
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

THREADS = 2


def threads(s):
    return int(s.get("threads", THREADS))


class Watch:
    """Seconds on the clock, and of the cores, since it was made."""

    def __init__(self):
        self.begin, self.used = time.perf_counter(), time.process_time()

    def read(self):
        return {"seconds": time.perf_counter() - self.begin, "cpu": time.process_time() - self.used}


def settings():
    out = {}
    for word in sys.argv[3:]:
        key, value = word.split("=", 1)
        out[key] = value
    return out


def say(**fields):
    print(json.dumps(fields), flush=True)


def load(folder, name, rows=0, order="C"):
    """The columns of a Parquet file as one float64 array, and the target."""
    schema = json.load(open(os.path.join(folder, name.split("-")[0] + "-schema.json")))
    names = [c["name"] for c in schema["columns"]]
    table = pq.read_table(os.path.join(folder, name), columns=names + ["seconds"])
    if rows:
        table = table.slice(0, rows)
    x = np.empty((table.num_rows, len(names)), dtype=np.float64, order=order)
    for j, n in enumerate(names):
        x[:, j] = table.column(n).to_numpy()
    y = table.column("seconds").to_numpy().copy()
    categorical = [j for j, c in enumerate(schema["columns"]) if c.get("categories", 0) > 0]
    return x, y, names, categorical


class Memory:
    """Peak resident memory above what is resident now."""

    def __init__(self):
        gc.collect()
        pa.default_memory_pool().release_unused()
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        with open("/proc/self/clear_refs", "w") as f:
            f.write("5")
        self.base = status("VmRSS")

    def above(self):
        return status("VmHWM") - self.base


def status(field):
    for line in open("/proc/self/status"):
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise KeyError(field)


def rmse(p, y):
    return float(np.sqrt(np.mean((p - y) ** 2)))


def lgb_params(s):
    return {
        "objective": "regression",
        "num_leaves": int(s["leaves"]),
        "learning_rate": 0.1,
        "min_data_in_leaf": 20,
        "max_bin": 255,
        "num_threads": threads(s),
        "deterministic": False,
        "verbosity": -1,
        **({"force_" + s["wise"] + "_wise": True} if "wise" in s else {}),
    }


def fit(folder, s):
    import lightgbm as lgb

    train, hold = s["data"] + "-train.parquet", s["data"] + "-hold.parquet"
    x, y, names, categorical = load(folder, train, order=s.get("order", "C"))
    params = lgb_params(s)
    memory = Memory()
    watch = Watch()
    data = lgb.Dataset(x, label=y, categorical_feature=categorical, feature_name=names, params=params)
    data.construct()
    binned = watch.read()["seconds"]
    model = lgb.train(params, data, num_boost_round=int(s["rounds"]))
    took = watch.read()
    peak = memory.above()
    hx, hy, _, _ = load(folder, hold)
    say(**took, binned=binned, peak_mib=peak, rmse=rmse(model.predict(hx, num_threads=THREADS), hy), rows=len(y), columns=len(names))


def forest(folder, s):
    from sklearn.ensemble import RandomForestRegressor

    x, y, _, _ = load(folder, s["data"] + "-train.parquet", int(s.get("rows", 0)))
    model = RandomForestRegressor(n_estimators=int(s["trees"]), max_depth=20, n_jobs=-1 if threads(s) == THREADS else threads(s), random_state=1)
    memory = Memory()
    watch = Watch()
    model.fit(x, y)
    took = watch.read()
    peak = memory.above()
    hx, hy, _, _ = load(folder, s["data"] + "-hold.parquet")
    say(**took, peak_mib=peak, rmse=rmse(model.predict(hx), hy), rows=len(y))


def booster(folder):
    import lightgbm as lgb

    return lgb.Booster(model_file=os.path.join(folder, "model.txt"))


def quantiles(times, **more):
    times = np.sort(np.asarray(times))
    say(p50_us=float(np.median(times)) * 1e6, p99_us=float(times[int(len(times) * 0.99)]) * 1e6, **more)


def row(folder, s):
    """Booster.predict, one row at a time."""
    model = booster(folder)
    x, _, _, _ = load(folder, "city-hold.parquet")
    x = np.ascontiguousarray(x[: int(s["rows"])])
    times, total, used = [], 0.0, time.process_time()
    for i in range(len(x)):
        one = x[i : i + 1]
        begin = time.perf_counter()
        total += model.predict(one, num_threads=1)[0]
        times.append(time.perf_counter() - begin)
    quantiles(times[len(times) // 10 :], sum=total, cpu_us=(time.process_time() - used) / len(x) * 1e6)


def fast_row(folder, s):
    """The C API's path for single rows, through ctypes."""
    import lightgbm as lgb

    model = booster(folder)
    x, _, names, _ = load(folder, "city-hold.parquet")
    x = np.ascontiguousarray(x[: int(s["rows"])])
    lib = lgb.basic._LIB
    config = ctypes.c_void_p()
    handle = model._handle if hasattr(model, "_handle") else model.handle
    code = lib.LGBM_BoosterPredictForMatSingleRowFastInit(
        handle, ctypes.c_int(0), ctypes.c_int(0), ctypes.c_int(-1), ctypes.c_int(1),
        ctypes.c_int32(len(names)), ctypes.c_char_p(b"num_threads=1"), ctypes.byref(config))
    assert code == 0, lib.LGBM_GetLastError()
    out, size = np.zeros(1), ctypes.c_int64()
    predict, out_p, size_p = lib.LGBM_BoosterPredictForMatSingleRowFast, out.ctypes.data_as(ctypes.POINTER(ctypes.c_double)), ctypes.byref(size)
    times, total, used = [], 0.0, time.process_time()
    pointers = [ctypes.c_void_p(x.ctypes.data + 8 * x.shape[1] * i) for i in range(len(x))]
    for p in pointers:
        begin = time.perf_counter()
        predict(config, p, size_p, out_p)
        times.append(time.perf_counter() - begin)
        total += out[0]
    quantiles(times[len(times) // 10 :], sum=total, cpu_us=(time.process_time() - used) / len(x) * 1e6)


def batch(folder, s):
    model = booster(folder)
    x, _, _, _ = load(folder, "city-train.parquet")
    watch = Watch()
    p = model.predict(x, num_threads=threads(s))
    say(**watch.read(), rows=len(p), sum=float(p.sum()))


def contrib(folder, s):
    model = booster(folder)
    x, _, _, _ = load(folder, "city-hold.parquet")
    x = np.ascontiguousarray(x[: int(s["rows"])])
    watch = Watch()
    c = model.predict(x, pred_contrib=True, num_threads=threads(s))
    took = watch.read()
    c.astype("<f8").tofile(os.path.join(folder, "contrib-peer.f64"))
    say(**took, rows=len(x))


# The 14 columns of the original's joined view, by the table that they are of.
INCIDENT = [
    "IncidentNumber", "DateOfCall", "HourOfCall", "IncGeo_BoroughCode", "IncGeo_WardCode", "Easting_rounded",
    "Northing_rounded", "IncidentStationGround", "NumStationsWithPumpsAttending", "NumPumpsAttending", "PumpCount",
]
HOURS = ["PumpHoursRoundUp", "PumpMinutesRounded"]
MOBILISATION = ["IncidentNumber", "ResourceMobilisationId", "PumpOrder", "DelayCodeId", "AttendanceTimeSeconds"]


def clean(folder, s):
    """Read, type, join and write, as the original's load and create steps do."""
    watch = Watch()
    read = lambda name: pd.read_csv(os.path.join(folder, "csv", name), low_memory=False, encoding="utf-8-sig")
    incidents, mobilisations = read("incidents.csv"), read("mobilisations.csv")
    parsed = watch.read()["seconds"]
    raw = len(incidents), len(mobilisations)
    incidents = incidents[INCIDENT + [c for c in HOURS if c in incidents.columns]].drop_duplicates("IncidentNumber")
    mobilisations = mobilisations[MOBILISATION].drop_duplicates("ResourceMobilisationId")
    incidents["DateOfCall"] = pd.to_datetime(incidents["DateOfCall"], format="mixed", dayfirst=False, errors="coerce")
    for c in incidents.columns[4:]:
        if c not in ("IncidentNumber", "DateOfCall", "IncGeo_BoroughCode", "IncGeo_WardCode", "IncidentStationGround"):
            incidents[c] = pd.to_numeric(incidents[c], errors="coerce")
    for c in ("PumpOrder", "DelayCodeId", "AttendanceTimeSeconds"):
        mobilisations[c] = pd.to_numeric(mobilisations[c], errors="coerce")
    mobilisations["DelayCodeId"] = mobilisations["DelayCodeId"].fillna(1)
    joined = mobilisations.merge(incidents, on="IncidentNumber", how="inner")
    joined = joined.dropna(subset=["AttendanceTimeSeconds", "DateOfCall", "Easting_rounded", "Northing_rounded", "IncidentStationGround"])
    joined.to_parquet(os.path.join(folder, "peer.parquet"), index=False)
    say(**watch.read(), parsed=parsed, incidents=raw[0], mobilisations=raw[1], rows=len(joined), peak_mib=status("VmHWM"))


def versions(folder, s):
    import lightgbm
    import sklearn

    say(python=sys.version.split()[0], lightgbm=lightgbm.__version__, sklearn=sklearn.__version__, numpy=np.__version__,
        pandas=pd.__version__, pyarrow=pa.__version__)


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2], settings())
