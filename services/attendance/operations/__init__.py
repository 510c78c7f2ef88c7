"""The use cases of attendance: what guardians do, what school systems do, and what we keep of other services."""
