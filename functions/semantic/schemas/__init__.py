"""The semantic service on the wire, one module for each route; `scoring` is what they share."""
