"""Tests of borders between states, measured."""
