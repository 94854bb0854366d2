"""The demo ImageReward: trained on the demo world to prefer what was asked for, drawn well."""
