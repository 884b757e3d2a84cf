"""Stage processes: start, watch, replace, leave out what ends them."""
