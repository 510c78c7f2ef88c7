"""The use cases of records: what guardians do, what school systems do, and what we keep of other services."""
