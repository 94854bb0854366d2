"""ImageReward: how much people would like a picture made for a prompt."""
