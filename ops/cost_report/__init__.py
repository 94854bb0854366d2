"""What a stage cost: its receipts beside what Lambda says it billed."""
