"""Live sound: its sources, and their samples on the sink's clock."""
