"""TCP (RFC 9293), one idea per file."""
