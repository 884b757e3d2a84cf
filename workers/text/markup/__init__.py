"""Markup to plain text, while the text arrives: terminal sequences, quoted mail, HTML and Markdown.

``filter.Markup`` reads the text of one utterance once, in front of the segmenter. At each special character it asks the
construct that the character may begin; at each line's first character the constructs of ``lines`` come first. A
construct is a function of a ``View``. It returns a ``Found``, or None where the character means itself, and raises
``Undecided`` while more text could change the answer.
"""
