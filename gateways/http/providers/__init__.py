"""Plain HTTP of the providers whose WebSocket protocols are in ``streaming``: a whole text in, its audio out."""
