"""Fetches what is not ours again, exactly as the lock says: `make vendor`. Wants npm; writes nothing that differs."""

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).parents[1] / "src/harrystix/adapters/web/static/vendor"


def fetch(package: dict[str, Any], folder: Path) -> bytes:
    """The package as published. Exits where it is not what the lock knows."""
    wanted = f"{package['name']}@{package['version']}"
    done = subprocess.run(  # noqa: S603  names out of our own lock
        ["npm", "pack", wanted, "--silent", "--pack-destination", str(folder)],  # noqa: S607  wherever it is
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"npm could not fetch {wanted}: {done.stderr.strip()[-300:]}")
    content = (folder / done.stdout.strip().splitlines()[-1]).read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != package["integrity"]:
        sys.exit(f"{wanted} is not what the lock knows: {found}")
    return content


def main() -> None:
    lock = tomllib.loads((VENDOR / "vendor.lock.toml").read_text())
    for package in lock["package"]:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "package.tgz"
            path.write_bytes(fetch(package, Path(name)))
            with tarfile.open(path) as archive:
                for target, file in package["files"].items():
                    member = archive.extractfile(f"package/{file['from']}")
                    content = member.read() if member else b""
                    if hashlib.sha256(content).hexdigest() != file["sha256"]:
                        sys.exit(f"{target} is not what the lock knows.")
                    (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
                    (VENDOR / target).write_bytes(content)
        sys.stdout.write(f"{package['name']} {package['version']}: {len(package['files'])} files as locked\n")


if __name__ == "__main__":
    main()
