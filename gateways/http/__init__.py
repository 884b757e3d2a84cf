"""HTTP of OpenAI, Piper and the providers of voice agents, and their WebSocket protocols."""
