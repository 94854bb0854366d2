"""The demo semantic model: a SigLIP of some three million parameters that knows the demo world."""
