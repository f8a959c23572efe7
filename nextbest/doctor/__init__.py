"""Command ``doctor``: what is wrong with an installation or a catalogue, and what mends it."""

from nextbest.doctor.command import doctor

__all__ = ["doctor"]
