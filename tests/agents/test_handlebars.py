"""Handlebars prompts cost nothing until one is used, and then work."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import agents
import semantic_kernel
assert "pybars._compiler" not in sys.modules, "the grammar was compiled at import"
from semantic_kernel.prompt_template import HandlebarsPromptTemplate, PromptTemplateConfig
config = PromptTemplateConfig(name="greet", template="Hello {{name}}!", template_format="handlebars")
template = HandlebarsPromptTemplate(prompt_template_config=config)
import asyncio
from semantic_kernel import Kernel
from semantic_kernel.functions import KernelArguments
print(asyncio.run(template.render(Kernel(), KernelArguments(name="Maria"))))
"""


def test_a_handlebars_prompt_loads_the_real_compiler() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "Hello Maria!"
