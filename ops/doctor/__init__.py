"""What stands between this machine, this account and a deploy: each problem with its fix."""
