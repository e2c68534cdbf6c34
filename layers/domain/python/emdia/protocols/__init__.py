"""Protocols of customer service (RN ANS 623/2024): number, clocks, answers. Pure."""
