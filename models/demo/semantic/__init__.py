"""The demo semantic model: a SigLIP of a million and a half parameters that knows the demo world."""
