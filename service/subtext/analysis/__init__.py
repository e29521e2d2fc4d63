"""The use case: an article in, a proven analysis out."""
