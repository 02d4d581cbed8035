"""The candidates, one a module."""
