"""The embedded brain: a pure planner turn (`plan.py`), its templates, its seat in Semantic Kernel (`service.py`)."""
