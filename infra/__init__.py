"""The CDK app. It knows the functions by their paths in this repository, and imports none of their code."""
