"""Candidates of other libraries: `python -m lfb_candidates xgboost lightgbm` fits them.

An activity `FitCandidate` on the queue `train-<name>` says which files to fetch from the
admin API; each head is fitted in a process of its own and given back as LightGBM text or
ONNX. Never pickle: what comes back is data, which the project reads itself.

    Temporal ── FitCandidate ─▶ worker.py ── transfer.py ◀─ GET files ── admin API
                                   │ child.py: rows.py ─▶ fits/<name>.py       ▲
                                   └───────────────────── PUT results ─────────┘

To add one, add a module to fits/ (README.md). Start reading at fit.py, then worker.py.
"""
