"""Take the client from the service's tree, where it is written, or from the sdist, which has a copy."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = "subtext/client"


class ClientBuildHook(BuildHookInterface):
    """Build hook of the wheel and the sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the package and the licence to what is built."""
        del version
        root = Path(self.root)
        copy, repository = root / PLACE, root.parents[1]
        source = copy if copy.is_dir() else repository / "service" / PLACE
        license_file = root / "LICENSE" if copy.is_dir() else repository / "LICENSE"
        place = f"{PLACE}/LICENSE" if self.target_name == "wheel" else "LICENSE"
        build_data["force_include"] |= {str(source): PLACE, str(license_file): place}
