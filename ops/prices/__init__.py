"""Refreshes a region's price table from AWS's Price List API."""
