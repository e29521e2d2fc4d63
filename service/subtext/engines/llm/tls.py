"""TLS: load the authorities whose certificates a model's server may show."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from subtext.errors import SettingsInvalid

if TYPE_CHECKING:
    from subtext.engines.llm.model_endpoint import ModelEndpoint

_FILE, _FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"


def load_tls_context(endpoint: ModelEndpoint) -> ssl.SSLContext | None:
    """Return the TLS context that trusts what the environment and the settings name, None if neither names anything.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` stand in for the system's authorities, as for any program that uses OpenSSL;
    the provider's `ca_file` adds to them. Raises `SettingsInvalid`, with the variable's name, if one cannot be used.
    """
    ca_file = endpoint.ca_file
    file, folder = os.environ.get(_FILE), os.environ.get(_FOLDER)
    if not (file or folder or ca_file):
        return None
    # The system's own: what the client takes by default.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if file or folder else httpx2.create_ssl_context(trust_env=False)
    if file:
        _add_file(context, Path(file), _FILE)
    if folder:
        _add_folder(context, Path(folder))
    if ca_file:
        _add_file(context, ca_file, f"{endpoint.variables}_CA_FILE")
    return context


def _add_file(context: ssl.SSLContext, path: Path, variable: str) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except OSError as error:
        # An `SSLError` is one too.
        reason = "holds no certificate in PEM form" if isinstance(error, ssl.SSLError) else "cannot be read"
        raise SettingsInvalid(f"{variable} names the file {path}, which {reason}: correct it, or unset it") from error


def _add_folder(context: ssl.SSLContext, path: Path) -> None:
    """Add a folder of certificates that are named by their hashes, as `openssl rehash` names them."""
    if not (path.is_dir() and os.access(path, os.R_OK | os.X_OK)):
        raise SettingsInvalid(f"{_FOLDER} names the folder {path}, which cannot be read: correct it, or unset it")
    context.load_verify_locations(capath=path)
