"""Fetch pages over HTTP: SSRF guard, redirects, decompression, charsets, Retry-After."""
