"""What stands below a stack when no adapter does, and middleware that can be put between."""
