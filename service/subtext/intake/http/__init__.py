"""Fetch pages: SSRF guard, redirects, decompression, charsets."""
