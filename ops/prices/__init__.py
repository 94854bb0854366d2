"""A region's price table made anew from what AWS says its prices are."""
