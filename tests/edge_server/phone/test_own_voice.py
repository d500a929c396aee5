"""A branch's own voice speaks on the telephone, too."""

from __future__ import annotations

from pathlib import Path

from agents.desk import AgentDesk
from edge_server.phone.texts import NOBODY
from tests.edge_server.phone.own_time import goes_on, own_phone, ringing
from tests.virtual_time import run


def test_the_line_speaks_in_the_voice_of_the_branch(agents: AgentDesk, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path) as phone:
            phone.speech.house_voice = "amy"
            await goes_on(phone, await ringing(phone))
            assert NOBODY in phone.speech.texts and phone.speech.spoken_by == {"amy"}

    run(scenario())
