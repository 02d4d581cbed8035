"""Runs the DAG of no-ops on `airflow standalone` and writes the milliseconds a
step of each run, ascending, as JSON.

usage: airflow_bench.py FILE [RUNS]

A run is timed as Airflow itself does: from its start to the end of its last task.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime

out, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10
here = os.path.dirname(os.path.abspath(__file__))
bin_dir = os.path.dirname(sys.executable)
home = tempfile.mkdtemp(prefix="airflow-")
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    port = s.getsockname()[1]
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    log_port = s.getsockname()[1]
env = dict(
    os.environ,
    AIRFLOW_HOME=home,
    PATH=bin_dir + ":" + os.environ["PATH"],
    AIRFLOW__CORE__DAGS_FOLDER=os.path.join(here, "dags"),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__API__HOST="127.0.0.1",
    AIRFLOW__API__PORT=str(port),
    AIRFLOW__API__WORKERS="1",
    AIRFLOW__API__BASE_URL=f"http://127.0.0.1:{port}",
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL=f"http://127.0.0.1:{port}/execution/",
    AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT=str(log_port),
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
)


def airflow(*args):
    return subprocess.run([os.path.join(bin_dir, "airflow"), *args], env=env, capture_output=True, text=True)


def answer(got):
    """The rows of a listing: Airflow prints its log before them."""
    at = got.stdout.find("[{")
    if got.returncode or at < 0:
        return []
    return json.JSONDecoder().raw_decode(got.stdout[at:])[0]


log = open(os.path.join(home, "standalone.log"), "w")
server = subprocess.Popen(
    [os.path.join(bin_dir, "airflow"), "standalone"], env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
)
try:
    deadline = time.time() + 600
    while True:
        got = airflow("dags", "list", "-o", "json")
        if got.returncode == 0 and '"retrain"' in got.stdout:
            break
        if server.poll() is not None or time.time() > deadline:
            sys.exit(f"airflow standalone did not come up: {got.stderr[-2000:]}\n{open(log.name).read()[-4000:]}")
        time.sleep(2)
    airflow("dags", "unpause", "retrain")
    took = []
    for n in range(runs + 1):
        name = f"bench-{n}"
        got = airflow("dags", "trigger", "retrain", "--run-id", name)
        if got.returncode:
            sys.exit(f"trigger: {got.stderr[-2000:]}")
        deadline = time.time() + 900
        while True:
            listed = airflow("dags", "list-runs", "retrain", "-o", "json")
            found = [r for r in answer(listed) if r["run_id"] == name]
            if found and found[0]["state"] in ("success", "failed"):
                break
            if time.time() > deadline:
                sys.exit(f"run {name} did not end: {listed.stdout[-500:]} {listed.stderr[-500:]}\n{open(log.name).read()[-4000:]}")
            time.sleep(1)
        if found[0]["state"] == "failed":
            tasks = airflow("tasks", "states-for-dag-run", "retrain", name)
            why = [line for line in open(log.name) if "error" in line.lower() or "Traceback" in line]
            sys.exit(f"run {name} failed\n{tasks.stdout[-2000:]}\n{''.join(why)[-4000:]}")
        seconds = (datetime.fromisoformat(found[0]["end_date"]) - datetime.fromisoformat(found[0]["start_date"])).total_seconds()
        print(f"{name}: {seconds:.2f} s", file=sys.stderr, flush=True)
        if n:  # the first warms up
            took.append(seconds * 1000 / 6)
    json.dump(sorted(took), open(out, "w"))
finally:
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
