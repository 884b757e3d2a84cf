"""Plain HTTP of the providers in ``streaming``: a whole text in, its audio out."""
