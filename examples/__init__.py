"""Short programs to run and change. Each needs a running service and nothing but Python: `make examples` runs all."""
