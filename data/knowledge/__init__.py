"""The knowledge base: passages that answer questions, found by meaning and refused when they do not answer."""

from data.knowledge.base import KnowledgeBase
from data.knowledge.passage import Hit, KnowledgeError, Passage

__all__ = ["Hit", "KnowledgeBase", "KnowledgeError", "Passage"]
