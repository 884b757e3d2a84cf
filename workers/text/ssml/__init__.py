"""SSML: a document of speech, while it arrives, as text with its places and what is to be done with it.

``filter.Ssml`` is used in place of ``markup.filter.Markup``. `parser` reads XML, `document` knows the elements,
`stripped` removes tags from what is no valid document.
"""
