"""Brazilian Portuguese: letters to phonemes, stress, nasal vowels, reduced vowels, and what words do to each other."""

import unicodedata

import pytest

from steadyvoice.workers.phonemes.registry import reader


@pytest.mark.parametrize(
    ("text", "ipa"),
    [
        ("casa, cena, queijo, chave", "kˈazæ, sˈenæ, kˈe͡ɪʒʊ, ʃˈavy"),
        ("gato, gente, guerra, água", "ɡˈatʊ, ʒˈe͡ɪŋt͡ʃy, ɡˈɛxæ, ˈaɡwæ"),
        ("carro, caro, rio, parte, amor", "kˈaxʊ, kˈaɾʊ, xˈi͡ʊ, pˈaɾət͡ʃy, æmˈor"),
        ("leite, tia, dia, pedir, desde", "lˈe͡ɪt͡ʃy, t͡ʃˈiæ, d͡ʒˈiæ, ped͡ʒˈir, dˈezd͡ʒy"),
        ("Brasil, alto, mel, fácil, possível", "brazˈi͡ʊ, ˈa͡ʊtʊ, mˈɛ͡ʊ, fˈasi͡ʊ, pˌosˈive͡ʊ"),
        ("bom, sim, tempo, mundo, jardim", "bˈoŋ, sˈiŋ, tˈe͡ɪmpʊ, mˈũŋdʊ, ʒaɾəd͡ʒˈiŋ"),
        ("manhã, mãe, irmão, limões, órgão", "mɐ̃ɲˈɐ̃, mˈɐ̃y, iɾəmˈɐ̃͡ʊ̃, limˈõjs, ˈɔɾəɡɐ̃͡ʊ̃"),
        ("homem, também, falam, jovens", "ˈome͡ɪŋ, tɐ̃mbˈe͡ɪŋ, fˈalɐ̃͡ʊ̃, ʒˈɔve͡ɪŋs"),
        ("exame, texto, próximo, táxi, caixa, enxada", "ˌezˈɐ̃my, tˈestʊ, prˈɔsimʊ, tˈaksi, kˈa͡ɪʃæ, ˌe͡ɪŋʃˈadæ"),
        ("cidade, universidade, animais", "sˌidˈad͡ʒy, ˌunivˌeɾəsidˈad͡ʒy, ˌænimˈa͡ɪs"),
        ("história, Maria, navio, saúde", "ˌistˈɔɾjæ, mˌaɾˈiæ, navˈi͡ʊ, sˌaˈud͡ʒy"),
        ("janela, porta, bola, cabelo, este", "ʒˌænˈɛlæ, pˈɔɾətæ, bˈɔlæ, kˌabˈelʊ, ˈest͡ʃy"),
        ("tranquilo, linguiça, quilo", "trˌɐ̃ŋkwˈilʊ, lˌiŋɡwˈisæ, kˈilʊ"),
        ("felizmente, rapidamente", "fˌelizmˈe͡ɪŋt͡ʃy, xˌapidæmˈe͡ɪŋt͡ʃy"),
        ("os dias, as casas, os homens", "ʊz d͡ʒˈiæs, as kˈazæs, ʊs ˈome͡ɪŋs"),
        ("tocar a porta, cinco anos", "tokˈaɾ a pˈɔɾətæ, sˈiŋkw ˈɐ̃nʊs"),
        ("a casa é bonita", "a kˈazæ ɛ bˌonˈitæ"),
        ("muito bem, não sei", "mwˈiŋtʊ bˈe͡ɪŋ, nˌɐ̃͡ʊ̃ sˈe͡ɪ"),
        ("BBC, DVD", "bˌebˌesˈe, dˌevˌedˈe"),
    ],
)
def test_phonemes(text: str, ipa: str) -> None:
    said = reader("pt-BR")(text).ipa
    assert unicodedata.normalize("NFD", said) == unicodedata.normalize("NFD", ipa)
    assert said == unicodedata.normalize("NFD", said), "as the program writes it"
