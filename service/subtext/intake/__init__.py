"""How articles come in: as text, as a page, or from an address."""
