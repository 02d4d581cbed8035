"""What goes through Temporal, as JSON: the project's side is activities/external.go."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class FileRef:
    """A file that the admin API hands out."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Head:
    """One model that is wanted: attendance, attendance/sent …"""

    head: str
    train: FileRef
    valid: FileRef
    schema: FileRef


@dataclass(frozen=True)
class FitInput:
    attempt: str
    candidate: str
    api: str
    heads: list[Head]
    seed: int
    max_bytes: int


@dataclass(frozen=True)
class Result:
    """One model that was given back; difference_seconds is what exporting it changed."""

    head: str
    quantity: str
    format: str
    result: str
    sha256: str
    bytes: int
    rounds: int
    difference_seconds: float


@dataclass(frozen=True)
class FitOutput:
    results: list[Result] = field(default_factory=list)
    library: str = ""


class InvalidError(Exception):
    """Trying again will not help: the files, or what was made of them, are wrong."""


class RefusedError(Exception):
    """The key is not taken."""


class AttemptClosedError(Exception):
    """The attempt is over, or was never there."""
