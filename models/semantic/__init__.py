"""A published SigLIP or SigLIP2 checkpoint to the semantic artifact."""
