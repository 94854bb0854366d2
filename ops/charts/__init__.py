"""Charts as SVG and the page they stand in: no script, nothing fetched, light and dark."""
