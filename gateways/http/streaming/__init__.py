"""Text in, audio out, over WebSocket: the protocols of voice agents, one module each, and what they share."""
