"""OpenAI's and Piper's HTTP, and WebSocket protocols of voice agents."""
