"""What customers begin with: the labels are `agent.flow`, or a kind of talk that is no flow's.

`bench/first_sentences.py` trains it on the sentences in `bench/openings` and on the examples of the shipped personas.
It knows the flows of those alone: what belongs to any other is found by its own examples.
"""

from __future__ import annotations

from data.model_files import ModelFile

OPENINGS = ModelFile(
    name="openings.npz",
    package="agents",
    path="openings.npz",
    sha256="3e8eedc4671300a28e2fa8ce12494982e99a7b03e82032838bae01e00d7bd224",
    what="weights of what customers begin with",
)
