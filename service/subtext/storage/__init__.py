"""What is kept: the one package that knows SQL."""
