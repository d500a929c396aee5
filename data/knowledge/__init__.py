"""The knowledge base: passages that answer questions, found by meaning, and refused when they do not answer."""

from data.knowledge.base import KnowledgeBase
from data.knowledge.passage import Hit, KnowledgeError, Passage
from data.knowledge.prepare import prepare, sample_passages

__all__ = ["Hit", "KnowledgeBase", "KnowledgeError", "Passage", "prepare", "sample_passages"]
