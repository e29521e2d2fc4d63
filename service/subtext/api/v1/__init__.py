"""Version 1 of the API: what it promised stays as it is; fields are only added."""
