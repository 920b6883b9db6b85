"""The gateway: ways in, the path of a call, the one way out."""
