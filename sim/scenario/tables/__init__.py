"""One file per table of a scenario: `read` knows its keys, types and units, `check` its rules."""
