"""Documents: the PDFs that schools send, kept in the store of objects, and given out to whoever may see their entry."""
