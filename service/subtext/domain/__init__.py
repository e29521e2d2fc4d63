"""Pure values: what an analysis is made of. Standard library only, no input or output."""
