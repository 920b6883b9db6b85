"""What `trunkline new-plugin` writes: a plugin that installs, with one tool done whole."""
