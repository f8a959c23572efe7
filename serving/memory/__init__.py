"""Decisions remembered: given again while everything they were taken on is as it was."""
