"""HTTP API: health, documentation, the OpenAPI document, and the versioned endpoints."""
