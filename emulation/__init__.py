"""AWS's parts on one machine: the Lambda runtime emulator, saved gateway events, images without a daemon."""
