"""Pure rules of identity: values in, values out; no database, no clock, no settings."""
