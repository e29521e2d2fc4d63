"""Licences of all that is installed with the product: `make snapshots` writes docs/licenses.md anew."""

from __future__ import annotations

import os
import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAD = """\
# Licences

Every package that is installed with Subtext and all its extras, as `uv.lock` has them, and its licence as its own
metadata names it. Subtext itself is under the [Apache License 2.0](../LICENSE). A test
(`pytest tests/house/test_licenses.py`) fails if the list is out of date, or if a package has none of the licences that
the test allows.

| package | licence |
| --- | --- |
"""
# Permissive licences, and weak copyleft that asks for nothing if a package is used unchanged.
ALLOWED = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Unlicense|0BSD|Zlib|CC0|HPND|LGPL|Lesser",
    re.IGNORECASE,
)


def runtime_packages() -> set[str]:
    """The names in the lock file that Subtext and its extras lead to, development left out."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    needs: dict[str, set[str]] = {}
    for package in lock["package"]:
        groups = [package.get("dependencies", []), *package.get("optional-dependencies", {}).values()]
        needs.setdefault(package["name"], set()).update(entry["name"] for group in groups for entry in group)
    reached, waiting = set[str](), ["subtext"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += needs.get(name, ())
    return reached - {"subtext"}


def find_license(package: Distribution) -> str:
    """The licence expression of a package, else its classifiers, else the first line of its field."""
    metadata = package.metadata
    if expressions := metadata.get_all("License-Expression"):
        return str(expressions[0])
    classifiers = [
        line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier") or [] if line.startswith("License")
    ]
    named = [name for name in classifiers if name != "OSI Approved"]
    return ", ".join(named) or str((metadata.get_all("License") or [""])[0]).partition("\n")[0]


def installed_licenses() -> dict[str, str]:
    """The licences by package; what belongs to another platform is not installed and not listed."""
    found = {}
    for name in sorted(runtime_packages()):
        try:
            found[name] = find_license(distribution(name))
        except PackageNotFoundError:
            continue
    return found


def test_every_license_is_allowed() -> None:
    licenses = installed_licenses()
    assert len(licenses) > 50
    assert {name: text for name, text in licenses.items() if not ALLOWED.search(text)} == {}


def test_the_list_is_up_to_date() -> None:
    path = ROOT / "docs" / "licenses.md"
    rows = {f"| `{name}` | {text.replace('|', '/')} |" for name, text in installed_licenses().items()}
    if os.environ.get("SUBTEXT_UPDATE_SNAPSHOTS"):
        path.write_text(HEAD + "\n".join(sorted(rows)) + "\n", encoding="utf-8")
    written = path.read_text(encoding="utf-8")
    assert written.startswith(HEAD)
    # A package that this platform or interpreter does not need may stand in the list all the same.
    assert rows <= set(written.removeprefix(HEAD).splitlines())
