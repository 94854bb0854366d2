"""Short programs to run, copy and change. Each is complete in one file and needs a running service and Python alone.

`make examples` runs all of them.
"""
