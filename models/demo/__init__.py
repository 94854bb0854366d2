"""Demo models: small checkpoints of the published architectures, trained on pictures the project draws itself."""
