"""French: letters to phonemes, silent letters, verbs in -ent, nasal vowels, and liaison."""

import unicodedata

import pytest

from steadyvoice.workers.phonemes.registry import reader


@pytest.mark.parametrize(
    ("text", "ipa"),
    [
        ("ge", "ʒˈə"),
        ("chat, garçon, qui, guerre, gagner", "ʃˈa, ɡaʁsˈɔ̃, kˈi, ɡˈɛʁ, ɡanjˈe"),
        ("eau, haut, pot, rose, homme", "ˈo, ˈo, pˈo, ʁˈɔz, ˈɔm"),
        ("feu, peur, sœur, œil, deuxième", "fˈø, pˈœʁ, sˈœʁ, ˈœj, døzjˈɛm"),
        ("vin, pain, bien, loin, brun, dans, bon", "vˈɛ̃, pˈɛ̃, bjˈɛ̃, lwˈɛ̃, bʁˈœ̃, dˈɑ̃, bˈɔ̃"),
        ("famille, ville, soleil, travailler, feuille", "famˈij, vˈil, solˈɛj, tʁavajˈe, fˈœj"),
        ("nation, question, passion", "nasjˈɔ̃, kɛstjˈɔ̃, pasjˈɔ̃"),
        ("nuit, oui, moi, voyage, payer", "nyˈi, wˈi, mwˈa, vwajˈaʒ, pɛjˈe"),
        ("appeler, samedi, vendredi, seulement, petit", "aplˈe, samdˈi, vɑ̃dʁədˈi, sølmˈɑ̃, pətˈi"),
        ("ils parlent, un moment, content, président", "il pˈaʁl, œ̃ momˈɑ̃, kɔ̃tˈɑ̃, pʁezidˈɑ̃"),
        ("table, quatre, maisons, mer, parler", "tˈabl, kˈatʁ, mɛzˈɔ̃, mˈɛʁ, paʁlˈe"),
        ("les enfants, un ami, mon école", "le-z ɑ̃fˈɑ̃, œ̃n amˈi, mɔ̃n ekˈɔl"),
        ("petit enfant, deux heures, nous avons", "pətˈit ɑ̃fˈɑ̃, dˈøz ˈœʁ, nuz avˈɔ̃"),
        ("les héros, six mois, dix ans", "le- eʁˈo, sˈi mwˈa, dˈiz ˈɑ̃"),
        ("l'homme, qu'il, j'ai, c'est le chat", "lˈɔm, kˈil, ʒˈe, sɛ lə- ʃˈa"),
        ("SNCF, TGV, t", "ˌɛsˌɛnsˌeˈɛf, tˌeʒˌevˈe, tˈe"),
    ],
)
def test_phonemes(text: str, ipa: str) -> None:
    said = reader("fr-FR")(text).ipa
    assert unicodedata.normalize("NFD", said) == unicodedata.normalize("NFD", ipa)
