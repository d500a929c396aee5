"""The knowledge base: passages that answer questions, found by meaning, and refused when they do not answer."""

from data.knowledge.base import KnowledgeBase
from data.knowledge.files import passages_in
from data.knowledge.passage import Hit, KnowledgeError, Passage
from data.knowledge.prepare import prepare, sample_passages
from data.knowledge.store import SourceSummary

__all__ = [
    "Hit",
    "KnowledgeBase",
    "KnowledgeError",
    "Passage",
    "SourceSummary",
    "passages_in",
    "prepare",
    "sample_passages",
]
