"""A retrain of six steps that do nothing, one after the other."""
from datetime import datetime

from airflow.sdk import dag, task


@dag(dag_id="retrain", schedule=None, start_date=datetime(2026, 1, 1), catchup=False)
def retrain():
    def step(name):
        @task(task_id=name)
        def nothing():
            return None

        return nothing()

    last = None
    for name in ["fetch", "load", "clean", "train", "compare", "promote"]:
        this = step(name)
        if last is not None:
            last >> this
        last = this


retrain()
