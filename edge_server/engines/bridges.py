"""What a customer hears when somebody else goes on with a reply that was begun. Short, honest, and spoken ahead."""

from __future__ import annotations

LINE_DROPPED = "Sorry, the line dropped. Once more:"
"""The model elsewhere broke off."""
ONCE_MORE = "Let me say that again."
"""The model was stopped before it said what nothing gave."""
BRIDGES = (LINE_DROPPED, ONCE_MORE)
