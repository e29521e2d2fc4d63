"""Wire objects of API version 1, which only ever gains fields."""
