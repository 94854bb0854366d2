"""SigLIP2 zero-shot attribute detection, alignment, open labels and moderation."""
