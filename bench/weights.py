"""Keeps weights where the module that uses them checks them."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt


def keep(code: Path, name: str, weights: Mapping[str, npt.NDArray[np.generic]]) -> None:
    """Write `weights` as the file `name` beside the module `code`, and its SHA-256 into that module, which has one.

    Raises ValueError, and writes nothing, where `code` has none or several.
    """
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **weights)
    digest = hashlib.sha256(file.getvalue()).hexdigest()
    text, found = re.subn(r'sha256="\w*"', f'sha256="{digest}"', code.read_text("utf-8"))
    if found != 1:
        raise ValueError(f"{code} has {found} SHA-256 in place of one")
    code.with_name(name).write_bytes(file.getvalue())
    code.write_text(text, "utf-8")
    print(f"{name}: SHA-256 {digest}")
