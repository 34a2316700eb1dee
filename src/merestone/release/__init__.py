"""Land release."""
