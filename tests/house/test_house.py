"""The house's own rules: sizes, imports that import-linter can't see, one test tree like the source tree."""

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "harrystix"
FILES = sorted(SOURCE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def name(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_file_is_longer_than_300_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


def test_half_of_the_files_are_shorter_than_90_lines() -> None:
    sizes = sorted(len(path.read_text().splitlines()) for path in FILES)
    assert sizes[len(sizes) // 2] <= 90


@pytest.mark.parametrize("path", [p for p in FILES if "domain" in p.parts], ids=name)
def test_the_domain_knows_the_standard_library_and_eventsourcing_domain_only(path: Path) -> None:
    import sys

    for module in imports(path):
        allowed = (
            module == "eventsourcing.domain"
            or module.startswith("harrystix.domain")
            or module.split(".")[0] in sys.stdlib_module_names
        )
        assert allowed, module
    text = path.read_text()
    assert not re.search(r"uuid4\(|\.now\(|time\.time\(|random\.", text), "ids and times come in as arguments"


def test_only_entry_files_import_bootstrap() -> None:
    entries = {"adapters/cli", "adapters/bench", "adapters/worker"}
    users = [path for path in FILES if "harrystix.bootstrap" in imports(path)]
    assert {"/".join(path.relative_to(SOURCE).parts[:2]) for path in users} <= entries


def test_only_web_knows_http() -> None:
    allowed = {"adapters/web", "adapters/sandbox", "adapters/cli"}
    users = [
        p for p in FILES if any(m.split(".")[0] in {"fastapi", "starlette", "uvicorn"} for m in imports(p))
    ]
    assert {"/".join(path.relative_to(SOURCE).parts[:2]) for path in users} <= allowed


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.name != "__init__.py" or p.read_text().strip()], ids=name
)
def test_every_module_says_its_place(path: Path) -> None:
    if path.parent.parent.name == "projections" and path.name in {"project.py", "queries.py"}:
        path = path.parent / "__init__.py"
    assert ast.get_docstring(ast.parse(path.read_text())), "a docstring of 1 to 5 lines"


def test_no_lock_file_carries_an_address() -> None:
    for lock in SOURCE.parents[1].glob("requirements*.lock"):
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert "http://" not in text and "https://" not in text


def test_every_template_and_script_keeps_to_the_content_policy() -> None:
    page = (SOURCE / "adapters/web/static/index.html").read_text()
    assert not re.search(r"style=|onclick=|<script>|<style", page)
    scripts = (SOURCE / "adapters/web/static/app.js").read_text()
    assert "innerHTML" not in scripts and "eval(" not in scripts
