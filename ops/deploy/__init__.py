"""Deploys a stage, checks that it answers as it should, and removes it."""
