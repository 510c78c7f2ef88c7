"""What happens: the use cases, and the only ones that open transactions."""
