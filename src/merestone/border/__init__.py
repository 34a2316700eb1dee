"""Borders between states, measured."""
