"""The rows of a head: Parquet and schema.json."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from lfb_candidates.contract import InvalidError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    name: str
    categories: int = 0  # of a categorical column, whose values are 0 … categories-1; else 0
    monotone: int = 0  # +1: a larger value must not shorten the time, -1: must not lengthen it


@dataclass(frozen=True)
class Schema:
    columns: list[Column]
    target: str
    weight: str | None = None

    @property
    def monotone(self) -> list[int]:
        return [c.monotone for c in self.columns]

    @property
    def categorical(self) -> list[int]:
        """Where the categorical columns are."""
        return [j for j, c in enumerate(self.columns) if c.categories > 0]


@dataclass(frozen=True)
class Rows:
    """x is rows × columns, missing is NaN; y is seconds."""

    x: Floats
    y: Floats
    weight: Floats | None = None

    def __len__(self) -> int:
        return len(self.y)

    @property
    def x32(self) -> npt.NDArray[np.float32]:
        """x as ONNX sees it: what is fitted on these exports without a loss."""
        return self.x.astype(np.float32)


def read_schema(file: Path) -> Schema:
    try:
        said: dict[str, Any] = json.loads(file.read_bytes())
        columns = [Column(c["name"], c.get("categories", 0), c.get("monotone", 0)) for c in said["columns"]]
        return Schema(columns, said["target"], said.get("weight"))
    except (ValueError, KeyError, TypeError) as err:
        raise InvalidError(f"{file.name}: {err!r}") from err


def read_rows(file: Path, schema: Schema) -> Rows:
    try:
        names = [c.name for c in schema.columns] + [schema.target] + ([schema.weight] if schema.weight else [])
        table = pq.read_table(file, columns=names)  # there may be others
        columns = [table.column(c.name).to_numpy().astype(np.float64) for c in schema.columns]
        y = table.column(schema.target).to_numpy().astype(np.float64)
        weight = table.column(schema.weight).to_numpy().astype(np.float64) if schema.weight else None
    except (OSError, ValueError, KeyError, TypeError) as err:  # pyarrow's errors are of these
        raise InvalidError(f"{file.name}: {err!r}") from err
    if len(y) and not np.isfinite(y).all():
        raise InvalidError(f"{file.name}: a target that is missing or infinite")
    return Rows(np.column_stack(columns), y, weight)
