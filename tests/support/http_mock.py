"""respx in front of httpx2: its own mocker patches httpcore, and the SDK rides on httpcore2."""

from __future__ import annotations

from respx.mocks import HTTPCoreMocker


class HTTPCore2Mocker(HTTPCoreMocker):
    """Mocker for `respx.mock(using="httpcore2")`."""

    name = "httpcore2"
    targets = [target.replace("httpcore", "httpcore2") for target in HTTPCoreMocker.targets]  # noqa: RUF012 - respx's own form
