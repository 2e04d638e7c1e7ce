"""The Python of the README and of the guides runs, from its first line to its last."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# The guide to extensions needs its extension, and runs in the tests of that; the list of differences is a table.
TOURS = [page for page in PAGES if page.name not in ("extending.md", "differences.md")]


@pytest.mark.parametrize("page", TOURS, ids=lambda page: page.name)
def test_the_tour_runs(page):
    text = page.read_text()
    blocks = list(re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    assert len(blocks) >= 3
    namespace = {}
    for block in blocks:
        # Lines are counted as in the page, so that a failure points there.
        line = text[: block.start(1)].count("\n")
        exec(compile("\n" * line + block[1], str(page), "exec"), namespace)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        assert "://" in target or (page.parent / target).exists(), target
