"""The cheapest setting of a service that meets a wish, from measured speed and dated prices."""
