"""Registered versions, read."""

from bundle.files import read_bundle
from training import tracking
from training.promotion.pairing import Version


def read_version(client: tracking.Client, number: str) -> Version:
    """Read a version: its bundle, checked, and the rows its run held out.

    Raises
    ------
    RegistryError
        If there is no such version.
    BundleError
        If its files do not match its manifest.
    """
    bundle = read_bundle(tracking.bundle_directory(client, number))
    return Version(number, bundle, tracking.held_out(client, number))
