"""What a run writes down: events on one clock, and their kinds. All may import it, it imports none."""
