"""The cheapest setting of a service for a workload, from measured speed and dated prices."""
