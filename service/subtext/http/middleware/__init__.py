"""ASGI middleware that every request passes, and the HTTP protocol below it."""
