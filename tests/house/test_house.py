"""The house's own rules: sizes, imports that import-linter can't see, one test tree like the source tree."""

import ast
import gzip
import os
import re
import subprocess
import tomllib
from hashlib import sha256
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


def test_no_file_of_tests_is_longer_either() -> None:
    tests = Path(__file__).parents[1].rglob("*.py")
    assert [str(path) for path in tests if len(path.read_text().splitlines()) > 300] == []


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


WEB = SOURCE / "adapters/web"
VENDOR = WEB / "static/vendor"


def test_every_template_and_script_keeps_to_the_content_policy() -> None:
    pages = [*WEB.glob("templates/**/*.html"), *WEB.glob("static/*.html")]
    assert len(pages) > 10
    for page in pages:
        # The copy that a member takes along is a file of its own, and has no policy around it.
        if page.name != "copy-of-me.html":
            assert not re.search(r"style=|\bon\w+=|<script>|<style|hx-on|js:", page.read_text()), page
    scripts = [path for path in WEB.glob("static/**/*.js") if VENDOR not in path.parents]
    for script in scripts:
        assert "innerHTML" not in script.read_text() and "eval(" not in script.read_text(), script
        assert script.read_text().startswith("// @ts-check")


def test_what_is_not_ours_is_as_it_came_and_nothing_else_lies_there() -> None:
    lock = tomllib.loads((VENDOR / "vendor.lock.toml").read_text())
    known = {name: file["sha256"] for package in lock["package"] for name, file in package["files"].items()}
    there = {
        str(path.relative_to(VENDOR)): sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "vendor.lock.toml"
    }
    assert there == known
    assert all(package["licence"] and package["integrity"] for package in lock["package"])


@pytest.mark.parametrize(
    "path", sorted((WEB / "templates").rglob("*.html")), ids=lambda path: str(path.relative_to(WEB))
)
def test_what_is_wrong_with_a_field_is_read_out_with_it(path: Path) -> None:
    """Whoever says what is wrong ties it to the field, or to the group of choices."""
    text = path.read_text()
    said = re.findall(r"\{\{ ui\.error_of\((.+?), errors\) \}\}", text)
    tied = re.findall(r"\{\{ ui\.(?:says|described)\((.+?), errors(?:, hint=true)?\) \}\}", text)
    assert sorted(said) == sorted(tied)
    assert not re.search(r'aria-invalid="true"', text) or path.name == "ui.html"


def compressed(*names: str) -> int:
    return sum(len(gzip.compress((WEB / "static" / name).read_bytes(), 9)) for name in names)


def test_pages_stay_small() -> None:
    """Compressed: scripts of any page 60 kB at most, of a member's page 20 kB, styles 20 kB."""
    scripts = [*VENDOR.rglob("*.js"), *WEB.glob("static/app/*.js")]
    assert compressed(*[str(path.relative_to(WEB / "static")) for path in scripts]) <= 60 * 1024
    assert compressed("app.css") <= 20 * 1024
    live = [str(path.relative_to(WEB / "static")) for path in VENDOR.rglob("*.js")]
    of_members = {
        "nights": ["app/main.js", *live],
        "account": ["app/main.js", "app/passkey.js", "app/push.js"],
        "sign-in": ["app/main.js", "app/passkey.js", "sign-in.js"],
    }
    assert {
        page: size for page, names in of_members.items() if (size := compressed(*names)) > 20 * 1024
    } == {}
    # Those that members meet load what follows only where something is followed.
    layout = (WEB / "templates/layout.html").read_text()
    assert "vendor/" not in layout and 'import "./' not in (WEB / "static/app/main.js").read_text()


def test_scripts_keep_to_their_types() -> None:
    """Checked by the TypeScript compiler, which npm brings; without npm it is said, loudly."""
    compiler = SOURCE.parents[1] / ".venv/stripe-cli/node_modules/.bin/tsc"
    if not compiler.exists():
        assert not os.environ.get("CI"), "there is no TypeScript compiler: npm could not install it"
        pytest.skip("THE TYPES OF SCRIPTS ARE NOT CHECKED: npm could not install typescript")
    for config in ("tsconfig.json", "tsconfig.worker.json"):
        done = subprocess.run(
            [compiler, "-p", SOURCE.parents[1] / config], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
