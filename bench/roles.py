"""Fit and measure what tells a value that is wanted from one that says how things are (`agents/understand/roles.json`).

    python bench/roles.py [--write]

The sentences (`bench/roles.jsonl`) were written and marked by hand, `[W:the eleventh] ... [H:the tenth]`: wanted, held,
given up, other. Figures are those of each writer's sentences by the weights of all others.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from agents.understand.roles import ROLES, features
from bench.learning import Numbers, regression, softmax

HERE = Path(__file__).resolve().parent
WEIGHTS = HERE.parent / "agents" / "understand" / "roles.json"
SHRINK, STEPS = 0.3, 300
FEWEST = 2  # times that a feature is seen
SMALLEST = 0.04  # a feature all of whose weights are less is left out
MARK = re.compile(r"\[([WHGO]):([^\]]*)\]")
TYPES = (
    ("choice", re.compile(r"king|queen|twin|suite|double|aisle|window|middle|front|back|exit|leg", re.IGNORECASE)),
    ("spelled", re.compile(r"\d{1,2} ?[a-k]", re.IGNORECASE)),
    ("count", re.compile(r"(?:an?|another|one|two|three|four|five|six|seven|\d).* ?nights?", re.IGNORECASE)),
    ("time", re.compile(r".*(?:half|quarter|o'clock|noon|:|\d ?[ap]m|past|\bto\b).*", re.IGNORECASE)),
    ("part_of_day", re.compile(r"(?:\w+ )?(?:morning|evening|afternoon|night)", re.IGNORECASE)),
)


@dataclass(frozen=True)
class Value:
    """A marked value at characters `start` to `end`; `role` as in `ROLES`."""

    writer: str
    text: str
    start: int
    end: int
    type: str
    role: int

    @property
    def evidence(self) -> set[str]:
        """The features around it."""
        return set(features(self.text, self.start, self.end, self.type))


def read(path: Path) -> Iterator[Value]:
    """The marked values of a file, with the sentence as it is said."""
    for line in path.read_text("utf-8").splitlines():
        told = json.loads(line)
        text, marks, at = "", [], 0
        for mark in MARK.finditer(told["text"]):
            text += told["text"][at : mark.start()]
            marks.append((len(text), len(text) + len(mark[2]), mark))
            text += mark[2]
            at = mark.end()
        text += told["text"][at:]
        for start, end, mark in marks:
            type_ = next((name for name, shape in TYPES if shape.match(mark[2])), "date")
            yield Value(told["writer"], text, start, end, type_, ROLES.index(mark[1]))


def fit(values: Sequence[Value]) -> tuple[dict[str, int], Numbers]:
    """Columns of features, and their weights (features + 1, roles), the last row for none."""
    seen = Counter(feature for value in values for feature in value.evidence)
    columns = {name: index for index, name in enumerate(sorted(name for name, n in seen.items() if n >= FEWEST))}
    wanted = np.eye(len(ROLES))[[value.role for value in values]]
    return columns, regression(matrix(values, columns), wanted, np.ones(len(values)), SHRINK, STEPS)


def matrix(values: Sequence[Value], columns: dict[str, int]) -> csr_matrix:
    """One row a value, 1 where it has a feature."""
    rows = [(i, columns[name]) for i, value in enumerate(values) for name in value.evidence if name in columns]
    row, column = zip(*rows, strict=True)
    return csr_matrix((np.ones(len(rows)), (row, column)), shape=(len(values), len(columns)))


def probabilities(x: csr_matrix, weights: Numbers) -> Numbers:
    """One row a value, one column a role."""
    return softmax(x @ weights[:-1] + weights[-1])


def measure(values: Iterable[Value], p: Numbers) -> str:
    """Share of values told right as wanted or not, and of sentences whose one wanted value of a type is found."""
    groups: dict[tuple[str, str], list[tuple[Value, float]]] = defaultdict(list)
    right = n = 0
    for value, row in zip(values, p, strict=True):
        right += (row[0] >= 0.5) == (value.role == 0)
        n += 1
        groups[value.text, value.type].append((value, float(row[0])))
    several = [g for g in groups.values() if len(g) > 1 and sum(v.role == 0 for v, _ in g) == 1]
    found = sum(max(g, key=lambda one: one[1])[0].role == 0 for g in several)
    share = f"{found}/{len(several)}" if several else "-"
    return f"{n} values, wanted or not {right / n:.3f}, the wanted one of several {share}"


def main() -> None:
    """Measure, and write the weights where that is asked for."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--write", action="store_true")
    given = made.parse_args()
    values = list(read(HERE / "roles.jsonl"))
    for writer in sorted({value.writer for value in values}):
        columns, weights = fit([value for value in values if value.writer != writer])
        theirs = [value for value in values if value.writer == writer]
        print(writer, measure(theirs, probabilities(matrix(theirs, columns), weights)))
    if given.write:
        columns, weights = fit(values)
        kept = {"": weights[-1], **{name: weights[i] for name, i in columns.items()}}
        told = {k: [round(float(w), 2) for w in row] for k, row in kept.items() if not k or abs(row).max() >= SMALLEST}
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(told.items()))
        WEIGHTS.write_text(f"{{\n{lines}\n}}\n", "utf-8")
        print(f"{WEIGHTS.name}: {len(told)} features")


if __name__ == "__main__":
    main()
