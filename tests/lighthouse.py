"""`make lighthouse`: five key pages by Lighthouse, each of its four categories at least 95."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.browser.conftest import FLAGS
from tests.shown import Shown, shown

LEAST = 95
PROGRAM = Path(__file__).parents[1] / ".venv" / "lighthouse" / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


def scores(house: Shown, path: str, key: str) -> dict[str, int]:
    """Category -> 0 to 100."""
    with tempfile.TemporaryDirectory() as folder:
        out, headers = Path(folder) / "report.json", Path(folder) / "headers.json"
        headers.write_text(json.dumps({"Authorization": f"Bearer {key}"} if key else {}))
        subprocess.run(
            [
                PROGRAM,
                house.address + path,
                "--preset=desktop",
                "--output=json",
                "--quiet",
                f"--output-path={out}",
                f"--extra-headers={headers}",
                f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
            ],
            check=True,
            env={**os.environ, "CHROME_PATH": os.environ.get("CHROMIUM") or shutil.which("chromium") or ""},
        )
        report = json.loads(out.read_text())
    found = {name: round(report["categories"][name]["score"] * 100) for name in CATEGORIES}
    for name in CATEGORIES:
        for wanted in report["categories"][name]["auditRefs"]:
            audit = report["audits"][wanted["id"]]
            if (
                found[name] < LEAST
                and wanted["weight"]
                and (audit["score"] or 0) < 0.9
                and audit["score"] is not None
            ):
                sys.stderr.write(f"  {path} {name}: {audit['title']} {audit.get('displayValue', '')}\n")
    return found


def main() -> int:
    low = 0
    with shown() as house:
        pages = [
            (house.paths["overview"], house.key),
            (house.paths["event"], house.key),
            (house.paths["orders"], house.key),
            ("/me", house.member_key),
            ("/sign-in", ""),
        ]
        for path, key in pages:
            found = scores(house, path, key)
            low += sum(score < LEAST for score in found.values())
            words = ", ".join(f"{name} {score}" for name, score in found.items())
            sys.stdout.write(f"{path}: {words}\n")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
