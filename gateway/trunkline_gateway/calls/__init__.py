"""The path of one call: authenticate, validate, route, decide, intend, perform, settle, shape."""
