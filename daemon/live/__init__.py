"""Live sound: its sessions, the reports of its stages, and what happens where a plugin hangs or dies."""
