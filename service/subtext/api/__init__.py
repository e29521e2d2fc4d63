"""The HTTP surface: problems, limits, health and the versioned resources."""
