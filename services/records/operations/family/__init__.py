"""What a child's guardians see and do: tiles, lists, the file, the contact, and messages that they have read."""
