"""An outreach from queued to its final state, and the words it carries. Pure."""
