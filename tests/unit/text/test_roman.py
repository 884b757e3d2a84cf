"""Roman numerals, and letters that are none."""

import pytest
from support.reading import words

NUMERALS = [
    ("Elizabeth I was queen", "elizabeth the first was queen"),
    ("Queen Elizabeth I knighted him", "queen elizabeth the first knighted him"),
    ("Part IV-B", "part four b"),
    ("Figures IV and V", "figures four and five"),
    ("II. Methods", "two methods"),
    ("MCMXCIV", "nineteen ninety four"),
    ("Copyright MMXIX", "copyright twenty nineteen"),
    ("World Wars I and II", "world wars one and two"),
    ("Rocky II, III and IV", "rocky two three and four"),
    ("Elizabeth I and Mary I.", "elizabeth the first and mary the first"),
    ("Chapter IV", "chapter four"),
    ("chapter xii begins", "chapter twelve begins"),
    ("Part I of the book", "part one of the book"),
    ("Parts I and II", "parts one and two"),
    ("Volumes I, II and III", "volumes one two and three"),
    ("Chapters I–III", "chapters one to three"),
    ("section iii says", "section three says"),
    ("Act V Scene ii", "act five scene two"),
    ("Act I, scene i.", "act one scene one"),
    ("World War II ended", "world war two ended"),
    ("World War I began", "world war one began"),
    ("Super Bowl LVIII", "super bowl fifty eight"),
    ("page xiv", "page fourteen"),
    ("Phase III trials", "phase three trials"),
    ("type II diabetes", "type two diabetes"),
    ("a type I error", "a type one error"),
    ("Article V.", "article five"),
    ("Henry VIII was", "henry the eighth was"),
    ("Elizabeth II's reign", "elizabeth the second's reign"),
    ("Louis XIV", "louis the fourteenth"),
    ("Pope John Paul II", "pope john paul the second"),
    ("Henry V.", "henry the fifth"),
    ("Queen Mary I", "queen mary the first"),
    ("Elizabeth I, queen", "elizabeth the first queen"),
    ("William Gates III", "william gates the third"),
    ("Pope Linus II", "pope linus the second"),
    ("Rocky IV was", "rocky four was"),
    ("Final Fantasy VII", "final fantasy seven"),
    ("the XIV century", "the fourteenth century"),
    ("the XIXth century", "the nineteenth century"),
    ("(ii) the second", "two the second"),
]
LETTERS = [
    ("So did King Peter I think", "so did king peter i think"),
    ("The King James I read", "the king james i read"),
    ("With John I was late", "with john i was late"),
    ("To Mary I've been", "to mary i've been"),
    ("Part of me and I", "part of me and i"),
    ("the part I like", "the part i like"),
    ("With George I went home", "with george i went home"),
    ("In this chapter I describe", "in this chapter i describe"),
    ("mix the civil DIV", None),
    ("John said I should", "john said i should"),
    ("I am here", "i am here"),
    ("vitamin C", "vitamin c"),
    ("Plan V", "plan v"),
    ("Section C", "section c"),
    ("Malcolm X", "malcolm x"),
    ("James V. Smith", "james v smith"),
    ("Give IV fluids", None),
    ("an IV drip", None),
    ("Part X-ray", None),
    ("a did vivid livid", "a did vivid livid"),
    ("the CD", None),
    ("The VIP MD", None),
    ("size XXL", None),
    ("level I think", "level i think"),
]


@pytest.mark.parametrize(("text", "reading"), NUMERALS)
def test_numeral(text: str, reading: str) -> None:
    assert words(text) == reading


@pytest.mark.parametrize(("text", "reading"), LETTERS)
def test_letters(text: str, reading: str | None) -> None:
    said = words(text)
    if reading is None:
        assert not {"one", "four", "ten", "five", "hundred"} & set(said.split())
    else:
        assert said == reading
