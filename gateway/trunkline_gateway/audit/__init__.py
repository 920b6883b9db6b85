"""The record of every call: what was asked before a vendor hears of it, what came of it before the caller does."""
