"""A Ray Serve application: each replica owns a daemon with its HTTP gateway."""
