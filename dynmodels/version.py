"""The version of dynmodels."""

__version__ = "0.1.0"
