"""The forms of a shop's back office and of its visitors, by topic."""
