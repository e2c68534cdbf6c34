"""Pages and problem documents that leave by HTTP."""
