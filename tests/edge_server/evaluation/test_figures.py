from __future__ import annotations

import math

import pytest

from data.embeddings import Embedder
from edge_server.evaluation.files import (
    Dialogue,
    Document,
    EvaluationError,
    Label,
    Question,
    Turn,
    Utterance,
    read_dialogues,
    read_questions,
    read_utterances,
)
from edge_server.evaluation.knowledge import evaluate_knowledge, passages_of
from edge_server.evaluation.listener import Listener
from edge_server.evaluation.routing import evaluate_routing
from edge_server.evaluation.switching import evaluate_switching


def silent(_step: str, _done: int, _total: int) -> None:
    """No progress."""


async def test_our_own_utterances_reach_their_agents(listener: Listener) -> None:
    figures = await evaluate_routing(read_utterances(None), listener, silent)
    assert figures.accuracy >= 0.9, figures.worst
    assert sum(sum(went.values()) for went in figures.confusion.values()) == figures.utterances


async def test_an_utterance_with_another_label_counts_as_an_error_and_is_shown(listener: Listener) -> None:
    right = Utterance(text="is my flight on time", label="flight")
    mislabelled = Utterance(text="when does the plane land", label="hotel")
    figures = await evaluate_routing([right, mislabelled], listener, silent)
    assert figures.accuracy == 0.5
    assert figures.confusion["hotel"]["flight"] == 1
    assert [(error.text, error.went_to) for error in figures.worst] == [("when does the plane land", "flight")]


async def test_our_own_dialogues_are_followed(listener: Listener) -> None:
    figures = await evaluate_switching(read_dialogues(None), listener, silent)
    assert figures.accuracy is not None
    assert figures.false_switch_rate is not None
    assert figures.accuracy >= 0.9, figures.worst
    assert figures.false_switch_rate <= 0.04, figures.worst
    assert figures.turns == figures.dialogues + figures.staying_turns + figures.switches


def talk(*golds: Label, weak: frozenset[int] = frozenset()) -> Dialogue:
    """A conversation about a flight, whatever its labels say."""
    said = (
        ("I need a flight to Denver", None),
        ("On Friday.", "When would you like to fly?"),
        ("What gate does it leave from?", "There is a flight at 8 am."),
    )
    turns = [
        Turn(user=words, gold=gold, system_before=reply, weak_gold=at in weak)
        for at, ((words, reply), gold) in enumerate(zip(said, golds, strict=True))
    ]
    return Dialogue(id="talk", turns=tuple(turns))


async def test_labels_have_no_say_in_where_a_turn_goes(listener: Listener) -> None:
    told = await evaluate_switching([talk("flight", "flight", "flight")], listener, silent)
    assert told.accuracy == 1.0
    mislabelled = await evaluate_switching([talk("hotel", "other", "hotel")], listener, silent)
    assert mislabelled.accuracy == 0.0
    assert [error.went_to for error in mislabelled.worst] == ["flight"] * 3
    assert (mislabelled.switches, mislabelled.switches_caught) == (2, 0.0)


async def test_turns_with_an_unsure_label_are_played_but_not_counted(listener: Listener) -> None:
    figures = await evaluate_switching([talk("flight", "hotel", "flight", weak=frozenset({1}))], listener, silent)
    assert (figures.turns, figures.weak_gold, figures.accuracy) == (2, 1, 1.0)


async def test_shares_of_nothing_are_left_open(listener: Listener) -> None:
    single = Dialogue(id="one", turns=(Turn(user="is my flight on time", gold="flight"),))
    figures = await evaluate_switching([single], listener, silent)
    assert (figures.accuracy, figures.false_switch_rate, figures.switches_caught) == (1.0, None, None)


POOL = Document(
    id="pool", domain="hotel", entity="Hill House", title="Swimming pool", body="The indoor pool is open from 7 to 9."
)
PETS = Document(id="pets", domain="hotel", entity="Hill House", title="Pets", body="Dogs may stay for $20 a night.")


def test_a_question_is_found_in_the_given_documents_only(embedder: Embedder) -> None:
    asked = [
        Question(query="When is the pool open?", domain="hotel", gold_ids=("pool",), answerable=True),
        Question(query="Who painted the ceiling of the chapel?", domain="hotel", answerable=False),
    ]
    figures = evaluate_knowledge(passages_of([POOL, PETS], "test"), asked, embedder, silent)
    assert (figures.hit_at_3, figures.refused_unanswerable, figures.documents) == (1.0, 1.0, 2)


def test_questions_to_other_documents_are_refused_with_advice(embedder: Embedder) -> None:
    asked = [Question(query="When is the pool open?", domain="hotel", gold_ids=("gym",), answerable=True)]
    with pytest.raises(EvaluationError, match="--docs"):
        evaluate_knowledge(passages_of([POOL], "test"), asked, embedder, silent)


def test_our_own_questions_are_found_in_the_sample_texts(embedder: Embedder) -> None:
    figures = evaluate_knowledge(passages_of(None, "sample"), read_questions(None), embedder, silent)
    assert figures.hit_at_3 is not None
    assert figures.hit_at_3 >= 0.9, figures.worst
    assert figures.reserved_right is not None and figures.reserved_answerable is not None
    assert figures.refused_answerable is not None
    assert 0 < figures.reserved_right <= figures.reserved_answerable <= figures.refused_answerable
    assert all(math.isfinite(miss.score) for miss in figures.worst)
