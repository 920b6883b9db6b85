"""What the tests share: judges and doubles, no tests."""
