"""The Python of the README runs, from its first line to its last."""

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_tour_runs():
    text = README.read_text()
    blocks = list(re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    assert len(blocks) >= 3
    namespace = {}
    for block in blocks:
        # Lines are counted as in the README, so that a failure points there.
        line = text[: block.start(1)].count("\n")
        exec(compile("\n" * line + block[1], str(README), "exec"), namespace)
