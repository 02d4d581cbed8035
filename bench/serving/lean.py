"""The same question answered leanly: no pandas, dictionaries for encoders, one row
of numpy, LightGBM's booster on one thread. With SYNC=1 the handlers are plain
functions, as the original's are, which FastAPI runs in a pool of threads."""
import datetime
import math
import os
import secrets
from typing import Optional

import lightgbm
import numpy as np
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel

CATEGORIES = ["IncGeo_BoroughCode", "IncGeo_WardCode", "IncidentStationGround"]
NUMBERS = ["HourOfCall", "Easting_rounded", "Northing_rounded", "PumpOrder", "Month"]


def load():
    import csv
    with open(os.environ["ROWS"]) as f:
        rows = list(csv.DictReader(f))
    codes = {c: {w: i for i, w in enumerate(sorted({r[c] for r in rows}))} for c in CATEGORIES}
    x = np.array([[codes[c][r[c]] for c in CATEGORIES] + [float(r[n]) for n in NUMBERS] for r in rows])
    y = np.array([float(r["AttendanceTimeSeconds"]) for r in rows])
    return codes, lightgbm.train({"objective": "regression", "num_leaves": 63, "verbose": -1, "num_threads": 1}, lightgbm.Dataset(x, y), 500)


codes, booster = load()


class NewCall(BaseModel):
    HourOfCall: Optional[int] = None
    IncGeo_BoroughCode: str
    IncGeo_WardCode: str
    Easting_rounded: float
    Northing_rounded: float
    IncidentStationGround: str
    PumpOrder: float = 1
    Month: Optional[int] = None


app = FastAPI()
users = {"ann": "secret"}


def check(c):
    if not secrets.compare_digest(users.get(c.username, ""), c.password):
        raise HTTPException(401, headers={"WWW-Authenticate": "Basic"})
    return c.username


def answer(call):
    now = datetime.datetime.now()
    nan = float("nan")
    row = np.array([[
        codes["IncGeo_BoroughCode"].get(call.IncGeo_BoroughCode, nan), codes["IncGeo_WardCode"].get(call.IncGeo_WardCode, nan),
        codes["IncidentStationGround"].get(call.IncidentStationGround, nan),
        now.hour if call.HourOfCall is None else call.HourOfCall, call.Easting_rounded, call.Northing_rounded, call.PumpOrder,
        now.month if call.Month is None else call.Month,
    ]])
    seconds = float(booster.predict(row, num_threads=1)[0])
    return f"Response time : {seconds:.2f} seconds. ({math.ceil(seconds / 60)} mins)"


@app.get("/ready")
async def ready():
    return "ready"


if os.environ.get("SYNC"):
    def user(c: HTTPBasicCredentials = Depends(HTTPBasic())):
        return check(c)

    @app.post("/predict", response_class=PlainTextResponse)
    def predict(call: NewCall, _: str = Depends(user)):
        return answer(call)
else:
    async def user(c: HTTPBasicCredentials = Depends(HTTPBasic())):
        return check(c)

    @app.post("/predict", response_class=PlainTextResponse)
    async def predict(call: NewCall, _: str = Depends(user)):
        return answer(call)
