"""Version 1 of the API, whose contract only gains fields."""
