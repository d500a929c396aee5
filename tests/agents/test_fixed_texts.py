"""The sentences whose speech may be made ahead hold nothing that is filled in."""

from __future__ import annotations

from agents.desk import AgentDesk
from agents.fixed_texts import fixed_texts


def test_fixed_sentences_have_no_blanks_and_begin_with_the_greeting(desk: AgentDesk) -> None:
    texts = [text for group in fixed_texts(desk.registry.personas.values()).values() for text in group]
    assert "Welcome to the Lobby desk." in texts
    assert "I can help with flights and hotel stays." in texts, "what each agent is for is known before anybody comes"
    assert "Shall we go on with your flight change?" in texts, "and what a customer may go back to"
    assert any("booking code" in text for text in texts)
    assert not any(set("{}%") & set(text) for text in texts)
    assert len(texts) == len(set(texts))
