"""The real tables, as the tests of features ingest them."""

from tests.features.conftest import real_tables

__all__ = ["real_tables"]
