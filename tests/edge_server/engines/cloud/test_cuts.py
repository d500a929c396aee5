"""The cloud is cut in mid-sentence, on a whole server: nothing is lost, and the customer gets the answer from here."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bench.cuts import KINDS, figures, run


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_customers_whose_cloud_is_cut_get_their_answer_and_lose_nothing(prepared: Path, tmp_path: Path) -> None:
    shutil.copytree(prepared, tmp_path / "data")
    done = await run(len(KINDS), 7, tmp_path / "data")
    assert [one.wrong for one in done] == [()] * len(KINDS)
    assert all(0 < one.first_audio_ms <= one.answer_audio_ms for one in done)
    assert figures(done)["cuts"] == len(KINDS)
