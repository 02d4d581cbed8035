"""Runs the DAG of no-ops on `airflow standalone` and writes the milliseconds a
step of each run, ascending, as JSON.

usage: airflow_bench.py FILE [RUNS]

A run is timed as Airflow itself does: from its start to the end of its last task.
Runs are started over HTTP and watched in the database, as each call of Airflow's
command line is seconds of Python and would be measured with them.
"""
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
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
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS="True",
    # The first answer of a cold api server takes longer than the default of 5 s, on a
    # busy machine every one: the task is then marked as failed.
    AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT="120",
)


def airflow(*args):
    return subprocess.run([os.path.join(bin_dir, "airflow"), *args], env=env, capture_output=True, text=True)


def post(path, body, token=None):
    """The server's answer; without a body it is a GET."""
    headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
    data = None if body is None else json.dumps(body).encode()
    req = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=data, headers=headers)
    with urllib.request.urlopen(req, timeout=120) as resp:
        return json.load(resp)


def state(name):
    """State, start and end of a run."""
    db = sqlite3.connect(f"file:{home}/airflow.db?mode=ro", uri=True, timeout=60)
    try:
        return db.execute("select state, start_date, end_date from dag_run where run_id = ?", (name,)).fetchone()
    finally:
        db.close()


def failure(name):
    """What the logs say of a run that failed."""
    out = []
    for root, _, files in os.walk(os.path.join(home, "logs")):
        out += [open(os.path.join(root, f)).read()[-2000:] for f in files if name in root]
    lines = open(log.name).read().splitlines()
    at = [i for i, line in enumerate(lines) if "Traceback" in line]
    return "\n".join(out + lines[at[0]:at[0] + 120] if at else out + lines[-60:])


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
    while True:  # the server may come up after the DAG is known
        try:
            token = post("/auth/token", None)["access_token"]
            break
        except urllib.error.URLError as e:
            if isinstance(e, urllib.error.HTTPError) or time.time() > deadline:
                raise
            time.sleep(1)
    took = []
    for n in range(runs + 1):
        name = f"bench-{n}"
        post("/api/v2/dags/retrain/dagRuns", {"dag_run_id": name, "logical_date": None}, token)
        deadline = time.time() + 900
        while True:
            found = state(name)
            if found and found[0] in ("success", "failed"):
                break
            if time.time() > deadline:
                sys.exit(f"run {name} did not end\n{failure(name)}")
            time.sleep(0.5)
        if found[0] == "failed":
            sys.exit(f"run {name} failed\n{failure(name)}")
        seconds = (datetime.fromisoformat(found[2]) - datetime.fromisoformat(found[1])).total_seconds()
        print(f"{name}: {seconds:.2f} s", file=sys.stderr, flush=True)
        if n:  # the first warms up
            took.append(seconds * 1000 / 6)
    json.dump(sorted(took), open(out, "w"))
finally:
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(server.pid, signal.SIGKILL)  # its scheduler outlives it
    except ProcessLookupError:
        pass
