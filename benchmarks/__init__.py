"""Benchmarks: ``python -m benchmarks`` runs them, ``benchmarks/results`` holds one full run."""
