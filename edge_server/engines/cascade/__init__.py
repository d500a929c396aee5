"""Speech here, thought by a chat model at any OpenAI-compatible endpoint; the planner behind it."""
