"""The compiled engine: circuits converted and compiled once, moved by an event kernel in C++."""
