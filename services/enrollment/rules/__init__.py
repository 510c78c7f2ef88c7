"""Pure rules of enrollment: values in, values out, standard library only."""
