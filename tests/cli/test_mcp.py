from __future__ import annotations

import subprocess
import sys

WITHOUT_SDK = "import sys; sys.modules['mcp'] = None; from subtext.cli.main import run; sys.exit(run(['mcp']))"


def test_without_the_extra_the_command_says_what_to_install() -> None:
    result = subprocess.run([sys.executable, "-c", WITHOUT_SDK], capture_output=True, text=True, check=False)

    assert result.returncode != 0
    assert "pip install 'subtext[mcp]'" in result.stderr
    assert "Traceback" not in result.stderr
