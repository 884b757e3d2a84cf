"""X-SAMPA to IPA."""

import pytest

from steadyvoice.workers.text.ssml.phonemes import plain_ipa
from steadyvoice.workers.text.x_sampa import ipa


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("k{t", "kæt"),
        ('t@"mA:toU', "təˈmɑːtoʊ"),
        ('%In"tEn%sIv', "ˌɪnˈtɛnˌsɪv"),
        ("r\\Ed", "ɹɛd"),
        ("r\\`Ed", "ɻɛd"),
        ("Sa~so~", "ʃa\u0303so\u0303"),
        ("?a", "ʔa"),
        ("?\\a", "ʕa"),
        ("t_hIp", "tʰɪp"),
        ('"bVt=n', "ˈbʌt\u0329n"),
        ('"bVtn=', "ˈbʌtn\u0329"),
        ("n@`s", "nɚs"),
        ("b3`d", "bɝd"),
        ("wE4@`", "wɛɾɚ"),
        ("|\\|\\a |\\a", "ǁaǀa"),
        ("b_<a g_<a", "ɓaɠa"),
        ("t' t_j", "tʲtʲ"),
        ("e:\\ e:", "eˑeː"),
        ("a-b", "ab"),
        ("I\\ U\\ @\\", "ᵻᵿɘ"),
        ("yːx", ""),
        ("kæt", ""),
        ("t(@)", ""),
        ("B1 CH", "βɨçɥ"),
        ("5 K", "ɫɬ"),
        ("a_", ""),
        ("", ""),
        ("  ", ""),
    ],
)
def test_phonemes(written: str, said: str) -> None:
    assert ipa(written) == said


def test_an_engine_gets_its_marks() -> None:
    assert plain_ipa(ipa('"a%b:c:\\ d_h')) == "ˈaˌbːcˑdʰ"
