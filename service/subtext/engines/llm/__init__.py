"""The engine that asks a model server, and all that it needs."""
