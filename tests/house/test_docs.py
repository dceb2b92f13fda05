import re
from pathlib import Path

import pytest

from harrystix.adapters.cli.reference import PAGES
from harrystix.adapters.web.policies import policies

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", list(PAGES))
def test_the_reference_says_what_the_code_says(name: str) -> None:
    written = (DOCS / "reference" / name).read_text()
    assert written == PAGES[name](), "run make docs, then commit"


def test_every_route_has_a_policy() -> None:
    assert [policy for policy in policies() if not policy.who] == []
    assert len(policies()) > 25


def test_every_page_in_the_navigation_exists() -> None:
    import yaml

    text = (DOCS.parent / "mkdocs.yml").read_text()

    def pages(node: object) -> list[str]:
        if isinstance(node, dict):
            return [page for value in node.values() for page in pages(value)]  # pyright: ignore
        if isinstance(node, list):
            return [page for value in node for page in pages(value)]  # pyright: ignore
        return [str(node)]

    for page in pages(yaml.safe_load(text)["nav"]):
        assert (DOCS / page).exists(), page


def test_every_dependency_says_why_it() -> None:
    import tomllib

    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text())["project"]
    page = (DOCS / "explanation" / "dependencies.md").read_text()
    for wanted in project["dependencies"] + project["optional-dependencies"]["dev"]:
        name = wanted.split(">")[0].split("=")[0].split("[")[0]
        assert name in page, name


def test_every_test_that_the_security_page_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (DOCS / "reference" / "security.md").read_text())
    assert len(named) > 50
    for path, name in named:
        assert f"def {name}(" in (DOCS.parent / path).read_text(), f"{path}::{name}"
