"""What every request passes, as plain ASGI, and the protocol below it."""
