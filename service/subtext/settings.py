"""Every setting, read from the environment, `.env` and secret files: the only reader of the environment."""
