"""What a plugin's author imports: value types, entities, contracts, errors, the manifest and the hook."""
