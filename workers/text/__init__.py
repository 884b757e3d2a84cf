"""What is said of a text: the text front end, between the segmenter and the voice engines.

``front_end.spoken`` turns a segment as it is written into the words that an engine speaks. Each language is a package
with a list of rules; each rule reads one kind of expression. Nothing here knows engines, rings or clocks.
"""
