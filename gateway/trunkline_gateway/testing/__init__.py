"""For tests of plugins and of agents: the bench that the conformance kit drives, and a pytest plugin."""
