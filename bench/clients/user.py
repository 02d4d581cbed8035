"""The README's examples by the generated client, and official clients at their defaults.

usage: user.py URL ACCOUNT:PASSWORD
"""

import base64
import io
import json
import sys
import urllib.request

import numpy
import pandas
import polars
import tritonclient.http
import tritonclient.http.auth
from generated import Client
from generated.api.health import livez, metrics, readyz
from generated.api.model import model
from generated.api.open_inference_protocol import oip_config, oip_index, oip_infer, oip_live, oip_model, oip_model_ready, oip_ready, oip_server
from generated.api.predictions import predict_batch, predict_list, predict_v1, prediction
from generated.api.the_originals import bienvenue, predict
from generated.models import Call, ListBody, NewCall, OipRequest

url, auth = sys.argv[1:]
authorization = {"Authorization": "Basic " + base64.b64encode(auth.encode()).decode()}
client = Client(base_url=url, headers=authorization, raise_on_unexpected_status=True)


def readme():
    """Every example of the README, by the client that its document generates."""
    one = predict_v1.sync(client=client, body=Call(postcode="SE1 9NF"))
    assert one.attendance.p50_seconds > 0, one
    second = predict_v1.sync(client=client, body=Call(postcode_district="SE3", incident_group="Fire", pump=2))
    assert second.pump == 2, second
    why = predict_v1.sync(client=client, body=Call(easting=531050, northing=181050), explain=True)
    total = why.explanation.base_seconds + why.explanation.calibration_seconds + sum(c.seconds for c in why.explanation.contributions)
    assert abs(total - why.attendance.mean_seconds) < 1e-6, why.explanation
    many = predict_list.sync(client=client, body=ListBody(calls=[Call(postcode_district="SE1"), Call(easting=531050, northing=181050)]))
    assert len(many.predictions) == 2 and many.predictions[0].response.p90_seconds > 0, many
    legacy = NewCall(
        inc_geo_borough_code="E09000001", inc_geo_ward_code="E05000001", easting_rounded=523050, northing_rounded=173050,
        incident_station_ground="Deptford", hour_of_call=14, month=3, pump_order=1,
    )
    assert predict.sync(client=client, body=legacy, accept="application/json").text.startswith("Response time : ")
    assert b"Bienvenue" in bienvenue.sync_detailed(client=client).content
    logged = prediction.sync(client=client, id=one.id)
    assert logged.id == one.id and logged.attendance.p50_seconds == one.attendance.p50_seconds, logged
    assert model.sync(client=client).version == one.model.version
    wrong = predict_v1.sync(client=client, body=Call(postcode="Greenwich"))
    assert wrong.status == 422 and wrong.code == "invalid" and wrong.errors[0].pointer == "/postcode" and wrong.request_id, wrong
    answer = predict_batch.sync_detailed(client=client, body=file(b"postcode_district,my id\nSE1,7\n"))
    assert b"my id,prediction_id" in answer.content, answer
    for open_to_all in (livez, metrics, readyz, oip_live, oip_ready):
        assert open_to_all.sync_detailed(client=client).status_code == 200, open_to_all
    line = oip_index.sync(client=client)[0].name
    assert "binary_tensor_data" in oip_server.sync(client=client).extensions
    assert oip_model.sync(client=client, model=line).name == line
    assert oip_config.sync(client=client, model=line).name == line
    assert oip_model_ready.sync(client=client, model=line).ready
    tensors = {"inputs": [{"name": "postcode", "datatype": "BYTES", "shape": [1], "data": ["SE1 9NF"]}], "outputs": [{"name": "p50"}, {"name": "p_le_360"}]}
    inferred = oip_infer.sync_detailed(client=client, model=line, body=OipRequest.from_dict(tensors))
    assert json.loads(inferred.content)["outputs"][0]["data"] == [one.attendance.p50_seconds], inferred
    return line, one.attendance.p50_seconds


def file(body):
    from generated.types import File

    return File(payload=io.BytesIO(body))


def triton(line, p50):
    """tritonclient as it is: binary tensors both ways, then gzip, then JSON."""
    served = tritonclient.http.InferenceServerClient(url.removeprefix("http://"))
    served.register_plugin(tritonclient.http.auth.BasicAuth(*auth.split(":")))
    assert served.is_server_live() and served.is_server_ready() and served.is_model_ready(line)
    assert served.get_server_metadata()["name"] == "lfb" and served.get_model_metadata(line)["name"] == line
    assert served.get_model_config(line)["name"] == line and served.get_model_repository_index()[0]["state"] == "READY"
    texts = tritonclient.http.InferInput("postcode", [2], "BYTES")
    texts.set_data_from_numpy(numpy.array(["SE1 9NF", "SE1 9NF"], dtype=object))
    pumps = tritonclient.http.InferInput("pump", [2], "INT64")
    pumps.set_data_from_numpy(numpy.array([1, 2]))
    got = served.infer(line, [texts, pumps])
    assert got.as_numpy("p50")[0] == p50 and len(got.as_numpy("prediction_id")[1]) == 36, got.get_response()
    packed = served.infer(line, [texts, pumps], request_compression_algorithm="gzip", response_compression_algorithm="gzip")
    assert packed.as_numpy("p50")[0] == p50
    wanted = [tritonclient.http.InferRequestedOutput("p50"), tritonclient.http.InferRequestedOutput("p90", binary_data=False)]
    some = served.infer(line, [texts, pumps], outputs=wanted)
    assert some.as_numpy("p50")[0] == p50 and some.as_numpy("p90").shape == (2,) and some.get_output("mean") is None
    texts.set_data_from_numpy(numpy.array(["SE1 9NF", "SE1 9NF"], dtype=object), binary_data=False)
    assert served.infer(line, [texts]).as_numpy("p50")[0] == p50
    bad = tritonclient.http.InferInput("pump", [1], "FP32")
    bad.set_data_from_numpy(numpy.array([1], dtype=numpy.float32))
    try:
        served.infer(line, [bad])
        raise AssertionError("no place, and answered")
    except tritonclient.utils.InferenceServerException as error:
        assert "no column says where" in error.message(), error
    served.close()


def kserve_client(line, p50):
    """kserve's client by the Open Inference Protocol, with its own binary tensors, and at its defaults."""
    import asyncio

    import kserve

    async def ask():
        rest = kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v2", auth=tuple(auth.split(":"))))
        assert await rest.is_server_ready(url) and await rest.is_server_live(url) and await rest.is_model_ready(url, line)
        texts = kserve.InferInput("postcode", [2], "BYTES")
        texts.set_data_from_numpy(numpy.array(["SE1 9NF", "SE1 9NF"], dtype=object))
        request = kserve.InferRequest(model_name=line, infer_inputs=[texts])
        got = await rest.infer(url, request, model_name=line)
        assert {o.name: o for o in got.outputs}["p50"].as_numpy()[0] == p50, got
        wanted = [kserve.protocol.infer_type.RequestedOutput("p50", parameters={"binary_data": True})]
        got = await rest.infer(url, kserve.InferRequest(model_name=line, infer_inputs=[texts], request_outputs=wanted), model_name=line)
        assert got.outputs[0].as_numpy()[0] == p50, got
        await rest.close()
        first = kserve.InferenceRESTClient(kserve.RESTConfig(auth=tuple(auth.split(":"))))  # its default is the first protocol
        assert await first.is_model_ready(url, line)
        got = await first.infer(url, {"instances": [{"postcode": "SE1 9NF"}]}, model_name=line)
        assert got["predictions"][0]["attendance"]["p50_seconds"] == p50, got
        await first.close()

    asyncio.run(ask())


def post_table(body):
    request = urllib.request.Request(url + "/v1/predictions:batch", body, {"Content-Type": "text/csv", **authorization})
    return urllib.request.urlopen(request).read()


def tables(p50):
    """Tables as pandas and polars write and read them."""
    when = pandas.to_datetime(["2017-03-08 14:25:00+00:00", None])
    rows = pandas.DataFrame({"postcode": ["SE1 9NF", "SE1 9NF"], "time": when, "easting": [numpy.nan, numpy.nan], "pump": [1, None], "my id": [7, 8]})
    back = pandas.read_csv(io.BytesIO(post_table(rows.to_csv(index=False).encode())))
    assert back["error"].isna().all() and list(back["my id"]) == [7, 8] and back["attendance_p50_seconds"].iloc[1] == p50, back
    with_index = pandas.read_csv(io.BytesIO(post_table(rows.to_csv(na_rep="nan", sep=";", decimal=",").encode())))
    assert with_index["error"].isna().all(), with_index
    frame = polars.DataFrame({"postcode_district": ["SE1", None], "station_ground": ["Deptford", "Soho"], "pump": [1, 2]})
    back = polars.read_csv(post_table(frame.write_csv().encode()))
    assert back["error"].null_count() == 2 and back["attendance_p90_seconds"].dtype == polars.Float64, back


line, p50 = readme()
triton(line, p50)
kserve_client(line, p50)
tables(p50)
print("user: README, tritonclient, kserve, pandas and polars: as wanted")
