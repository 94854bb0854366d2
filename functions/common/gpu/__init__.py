"""What the GPU containers of both functions share: torch, its device and weights, and how the container is run.

No image for Lambda holds a package of this name; nothing outside of them imports one.
"""
