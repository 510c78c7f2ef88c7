"""What the shapes of enrollment have in common with those of every service."""

from shared.document_shapes import IsoDate, Out

__all__ = ["IsoDate", "Out"]
