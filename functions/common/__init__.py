"""What every function runs: errors, images, receipts, settings, the service factory, artifacts."""
