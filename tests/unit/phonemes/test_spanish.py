"""Spanish: letters to phonemes, stress, and what words do to each other."""

import pytest

from steadyvoice.workers.phonemes.registry import reader


@pytest.mark.parametrize(
    ("text", "ipa"),
    [
        ("casa, cena, queso, chico", "kˈasa, θˈena, kˈeso, t͡ʃˈiko"),
        ("gato, gente, guerra, guiso, agua", "ɡˈato, xˈɛnte, ɡˈera, ɡˈiso, ˈaɣwa"),
        ("pingüino, vergüenza", "pˌiŋɡuˈino, bˌeɾɣuˈɛnθa"),
        ("pero, perro, rosa, honra, Israel", "pˈeɾo, pˈero, rˈosa, ˈonra, ˌisraˈel"),
        ("llave, yema, niño, hueso, hielo", "ʎˈaβe, ʝˈema, nˈiɲo, wˈeso, jˈelo"),
        ("aire, rey, auto, deuda, hoy", "ˈa͡ɪɾe, rˈe͡ɪ, ˈa͡ʊto, dˈe͡ʊða, ˈo͡ɪ"),
        ("ciudad, ruido, muy, cruel", "θjuðˈad, ruˈiðo, mˈuj, kɾuˈel"),
        ("examen, taxi, México, xilófono", "eksˈamen, tˈaksi, mˈexiko, silˈofono"),
        ("aceptar, psicología, gnomo", "ˌaθepːtˈaɾ, sˌikoloxˈia, nˈomo"),
        ("canción, árbol, reloj, joven, ojos", "kanθjˈon, ˈaɾβol, relˈox, xˈoβen, ˈoxos"),
        ("universidad, panadería", "ˌuniβˌeɾsiðˈad, pˌanaðeɾˈia"),
        ("rápidamente, lentamente", "rˈapiðamˈente, lˈɛntamˈente"),
        ("país, oír, búho, reunir, prohibir", "paˈis, oˈiɾ, bˈuo, re͡ʊnˈiɾ, pɾˌoiβˈiɾ"),
        ("obvio, admirar, digno, club", "ˈobβjo, ˌadmiɾˈaɾ, dˈiɡno, klˈub"),
        ("la boca, el dado, un día, dos días", "la βˈoka, el ðˈaðo, ˈun dˈia, dˈos ðˈias"),
        ("con pan, en gato, un yate", "kom pˈan, eŋ ɡˈato, ˈun d͡ʒˈate"),
        ("ciudad es, ciudad grande", "θjuðˈað ˈes, θjuðˈad ɣɾˈande"),
        ("de la casa que se ve", "de la kˈasa ke se βˈe"),
        ("lo que, para mí, para", "lo kˈe, pˌaɾa mˈi, pˈaɾa"),
        ("DVD, BBC, ONU, ñ, y", "dˌeˌuβeðˈe, bˌeβˌeθˈe, ˈonu, ˈɛɲe, ˈi"),
        ("Müller, São, Ça", "muʎˈeɾ, sˈao, kˈa"),
    ],
)
def test_spain(text: str, ipa: str) -> None:
    assert reader("es-ES")(text).ipa == ipa
    assert reader("es")(text).ipa == ipa


@pytest.mark.parametrize(
    ("text", "ipa"),
    [
        ("zapatos, voz, cena", "sapˈatos, bˈos, sˈena"),
        ("llaves, ella, ascensor", "ʝˈaβes, ˈejja, ˌasensˈoɾ"),
        ("un llano", "ˈun d͡ʒˈano"),
    ],
)
def test_america(text: str, ipa: str) -> None:
    assert reader("es-419")(text).ipa == ipa
    assert reader("es-MX")(text).ipa == ipa
