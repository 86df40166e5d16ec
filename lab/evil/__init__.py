"""Cameras with bad behaviour; see lab/README.md."""
