"""Writes the joined OpenAPI document and the typed Python client of it (`vitrail_client`), without a running system."""
