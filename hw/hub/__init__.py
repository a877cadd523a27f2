"""The repeater hub, clause 9: whatever comes in at one port goes out at all others, one wire as a star."""
