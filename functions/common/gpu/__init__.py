"""What both functions' GPU containers share: torch's device and weights, SageMaker's routes, the server and the lease.

No image for Lambda holds a package of this name; nothing outside of them imports one.
"""
