"""Objects of the API as the client returns them: fields of the OpenAPI document, by the same names."""
