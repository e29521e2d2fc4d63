"""The same small service, written with each peer: each module runs in an environment of its own."""
