"""Writes the table of both measurements: table.py OURS AIRFLOW"""
import json
import os
import sys


def median(v):
    n = len(v)
    return v[n // 2] if n % 2 else (v[n // 2 - 1] + v[n // 2]) / 2


ours = json.load(open(sys.argv[1]))
print("| a step that does nothing | runs | median | P90 |\n|---|---:|---:|---:|")
print(f"| here, on the local Temporal | {len(ours)} | {median(ours):.1f} ms | {ours[len(ours) * 9 // 10]:.1f} ms |")
if os.path.exists(sys.argv[2]):
    other = json.load(open(sys.argv[2]))
    print(f"| Airflow 3.3.2, standalone | {len(other)} | {median(other):.0f} ms | {other[len(other) * 9 // 10]:.0f} ms |")
    print(f"\nAirflow takes {median(other) / median(ours):.0f} times as long.")
