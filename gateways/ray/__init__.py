"""A Ray Serve application whose replicas each own a daemon with its HTTP gateway."""
