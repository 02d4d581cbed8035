"""What the original's /predict does, with everything already in memory: a pandas
frame of the request, label encoders, a Min/Max scaler, LightGBM's scikit-learn
estimator, HTTP Basic, a text answer."""
import datetime
import math
import os
import secrets
from typing import Optional

import lightgbm
import pandas as pd
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel
from sklearn.preprocessing import LabelEncoder, MinMaxScaler

CATEGORIES = ["IncGeo_BoroughCode", "IncGeo_WardCode", "IncidentStationGround"]
NUMBERS = ["HourOfCall", "Easting_rounded", "Northing_rounded", "NumStationsWithPumpsAttending", "NumPumpsAttending",
           "PumpCount", "PumpHoursRoundUp", "PumpOrder", "DelayCodeId", "Month"]

rows = pd.read_csv(os.environ["ROWS"])
encoders = {c: LabelEncoder().fit(rows[c]) for c in CATEGORIES}
for c in CATEGORIES:
    rows[c] = encoders[c].transform(rows[c])
scaler = MinMaxScaler().fit(rows[NUMBERS])
rows[NUMBERS] = scaler.transform(rows[NUMBERS])
model = lightgbm.LGBMRegressor(n_estimators=500, num_leaves=63, n_jobs=1, verbose=-1).fit(rows[CATEGORIES + NUMBERS], rows["AttendanceTimeSeconds"])


class NewCall(BaseModel):
    HourOfCall: Optional[int] = None
    IncGeo_BoroughCode: str
    IncGeo_WardCode: str
    Easting_rounded: float
    Northing_rounded: float
    IncidentStationGround: str
    NumStationsWithPumpsAttending: float
    NumPumpsAttending: float
    PumpCount: float
    PumpHoursRoundUp: float
    PumpOrder: float
    DelayCodeId: float
    Month: Optional[int] = None


app = FastAPI()
users = {"ann": "secret"}


def user(c: HTTPBasicCredentials = Depends(HTTPBasic())):
    if not secrets.compare_digest(users.get(c.username, ""), c.password):
        raise HTTPException(401, headers={"WWW-Authenticate": "Basic"})
    return c.username


@app.get("/ready")
def ready():
    return "ready"


@app.post("/predict", response_class=PlainTextResponse)
def predict(call: NewCall, _: str = Depends(user)):
    now = datetime.datetime.now()
    if call.HourOfCall is None:
        call.HourOfCall = now.hour
    if call.Month is None:
        call.Month = now.month
    frame = pd.DataFrame([call.model_dump()])
    wrong = [c for c in CATEGORIES if frame[c][0] not in encoders[c].classes_]
    if wrong:
        raise HTTPException(400, f"invalid values in {wrong}")
    for c in CATEGORIES:
        frame[c] = encoders[c].transform(frame[c])
    frame[NUMBERS] = scaler.transform(frame[NUMBERS])
    seconds = float(model.predict(frame[CATEGORIES + NUMBERS])[0])
    return f"Response time : {seconds:.2f} seconds. ({math.ceil(seconds / 60)} mins)"
