"""Parts of the stages that convert voices."""
