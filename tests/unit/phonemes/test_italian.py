"""Italian: letters to phonemes, stress, open and closed vowels, and function words."""

import pytest

from steadyvoice.workers.phonemes.registry import reader


@pytest.mark.parametrize(
    ("text", "ipa"),
    [
        ("casa, cena, chiesa, ciao", "kˈaza, t͡ʃˈena, kjˈɛza, t͡ʃˈao"),
        ("gatto, gente, ghiaccio, giorno", "ɡˈatːo, d͡ʒˈɛnte, ɡjˈat͡ʃːo, d͡ʒˈorno"),
        ("gnomo, bagno, gli, figlio", "ɲˈomo, bˈaɲɲo, ʎɪ, fˈiʎo"),
        ("scuola, pesce, lasciare, schiavo", "skʊˈɔla, pˈeʃe, laʃˈare, skjˈavo"),
        ("mamma, rosso, terra, acqua, oggi", "mˈamma, rˈos͡so, tˈɛrɾa, ˈakːwa, ˈɔd͡ʒːɪ"),
        ("pizza, mezzo, zio, grazie, senza", "pˈit͡sːa, mˈɛd͡zːo, d͡zˈio, ɡrˈat͡sje, sˈɛnt͡sa"),
        ("quando, guida, uomo, buono", "kwˈando, ɡwˈida, wˈɔmo, bʊˈɔno"),
        ("città, perché, virtù, parlerò", "t͡ʃitːˈa, perkˈe, virtˈu, parleɾˈɔ"),
        ("tavolo, musica, possibile, prendere", "tˈavolo, mˈuzika, pos͡sˈibile, prˈɛndere"),
        ("amico, vedere, gentile, cameriere", "amˈiko, vedˈere, d͡ʒentˈile, kameriˈɛre"),
        ("parlano, parlavano, leggono", "pˈarlano, parlˈavano, lˈeɡːono"),
        ("tempo, sempre, bello, momento, lentamente", "tˈɛmpo, sˈɛmpre, bˈɛllo, momˈento, lentamˈente"),
        ("polizia, pizzeria, storia, mio", "polit͡sˈia, pit͡sːerˈia, stˈɔria, mˈio"),
        ("mai, noi, zaino, pausa", "mˈaj, nˈoi, d͡zˈa͡ɪno, pˈaʊza"),
        ("la casa è bella", "la kˈaza e bˈɛlla"),
        ("l'amico, un'amica, dell’acqua, c'è pane", "lamˈiko, ʊnamˈika, dellˈakːwa, t͡ʃe pˈane"),
        ("un po' di pane", "ʊn pˈo dɪ pˈane"),
        ("DVD, b", "dˌivˌʊdˈi, bˈi"),
    ],
)
def test_phonemes(text: str, ipa: str) -> None:
    assert reader("it-IT")(text).ipa == ipa
