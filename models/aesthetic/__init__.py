"""The published ImageReward checkpoint to the aesthetic artifact."""
