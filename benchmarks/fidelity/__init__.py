"""Who judges instances as JSON Schema says: on real schemas, and on the official test suite, keyword by keyword."""
