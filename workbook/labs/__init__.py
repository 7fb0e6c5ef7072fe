"""The labs: starters, checks, hints, and grading."""
