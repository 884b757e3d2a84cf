"""Random texts as people and programs send them: any characters, SSML, Markdown, and written forms such as dates."""

from typing import Final

from hypothesis import strategies as st

_SPACES: Final = (" ", " ", " ", " ", "  ", "\n", "\n\n", "\t", "\r\n", "\xa0", "", "", "")
_TAGS: Final = r"""<speak>¦</speak>¦<speak version="1.1" xml:lang="en-US">¦<p>¦</p>¦<s>¦</s>¦<break/>¦<break time='1s'/>
<break strength="x-weak"/>¦<mark name='m'/>¦<prosody rate='fast'>¦<prosody pitch="+2st" volume="-6dB">¦</prosody>
<emphasis>¦</emphasis>¦<sub alias='World Wide Web'>¦<sub alias=''>¦</sub>¦<say-as interpret-as='digits'>
<say-as interpret-as="date" format="mdy">¦<say-as interpret-as='cardinal'>¦<say-as interpret-as='ordinal'>
<say-as interpret-as='time'>¦<say-as interpret-as='telephone'>¦<say-as interpret-as='characters'>¦</say-as>
<phoneme ph='təˈmɑːtəʊ'>¦<phoneme alphabet="x-sampa" ph="x">¦</phoneme>¦<voice name='heart'>¦</voice>
<lang xml:lang='fr-FR'>¦<lang xml:lang='de'>¦</lang>¦<audio src='a.wav'>¦</audio>¦<w role='x:y'>¦</w>¦<desc>¦</desc>
<metadata>¦</metadata>¦<!-- a > b -->¦<!--¦-->¦<![CDATA[¦]]>¦<?xml version="1.0"?>¦<?x¦?>¦<!DOCTYPE x [¦&amp;¦&lt;
&#65;¦&#x1F600;¦&x;¦&#0;¦<¦>¦&¦'¦"¦</¦<1>¦<p¦<p a=¦<p a='b¦<unknown x='y'>¦</unknown>"""
_MARKDOWN: Final = r"""# ¦## ¦#¦- ¦* ¦+ ¦1. ¦2) ¦- [x] ¦> ¦>> ¦---¦***¦===¦```¦```py↵¦~~~¦`¦``¦*¦**¦***¦_¦__¦~~¦[¦](¦)¦]
[a link](http://a.b/c)¦![an image](u.png "title")¦[^1]¦[^1]: ¦[r]: http://x.y↵¦[text][r]¦<https://a.b>¦<b>¦</b>¦<br>
<p class='x'>¦</p>¦<!--¦-->¦<script>¦</script>¦<td>¦</td>¦<sup>2</sup>¦&amp;¦&nbsp;¦&#65;¦| a | b |¦|-|:-|↵¦|¦\¦\*¦$$
$x^2$¦:smile:¦:+1:¦@name¦#tag¦==mark==¦[ ]¦- - -¦    ¦<details>¦</details>¦~¦^¦||¦{¦}¦%%¦///¦"¦'¦:¦<¦>¦&¦+¦=¦;"""
_FORMS: Final = r"""12¦1,250¦3.14¦-5¦+1¦1/2¦3 ½¦0.5¦1e10¦1.5×10³¦2^10¦007¦1234567890123456789¦1st¦22nd¦3rd¦0x1F¦5'10"
5/6/2024¦2024-05-06¦6.5.2024¦31/12/99¦May 5, 2024¦5 May¦the 1990s¦'90s¦1999–2004¦44 BC¦12:30¦9:05 pm¦14h30¦23:59:59
12:30:00Z¦2024-05-06T12:30:00+02:00¦$5¦$3.50¦$1.2M¦€5,99¦5 €¦£1bn¦¥500¦USD 20¦-$5¦10¢¦CHF 3.–¦₹1,00,000¦5 kg¦10km/h
20 °C¦−40°F¦5 m²¦3 GB¦100%¦5‰¦12 V¦60 Hz¦9 lb 3 oz¦6 ft¦1 µm¦5Ω¦+1 (555) 123-4567¦555-0123¦+44 20 7946 0958¦911
https://www.a.com/b?c=d&e=f#g¦a.b@c.de¦www.x.org¦192.168.0.1¦::1¦fe80::1%eth0¦/usr/bin/x¦C:\Windows¦v1.2.3-rc.1¦a.md
12 Main St., Apt. 4B¦P.O. Box 5¦NY 10001¦10 Downing St¦I-95¦Dr. No¦No. 5¦Mr. & Mrs. X¦e.g.¦i.e.¦etc.¦a.m.¦U.S.¦Ph.D.
IBM¦NASA¦COVID-19¦iPhone¦Henry VIII¦Chapter IV¦XIV¦A4¦B-52¦H2O¦CO₂¦x²¦a_b¦fooBar¦<=¦!=¦->¦=>¦&&¦||¦=¦a+b=c¦f(x)¦{}
ISBN 978-3-16-148410-0¦SW1A 1AA¦AB12 CDE¦40.7° N¦74°0′W¦1:100¦3:2¦10-20¦10 - 20¦pp. 5–7¦§ 3¦© 2024¦™¦№ 5¦#1¦^5¦~10
50/50¦24/7¦and/or¦4x4¦2x¦10x10¦1-2-3¦9/11¦7:1 odds¦:-)¦;-)¦<3¦¯\_(ツ)_/¯¦👍🏽¦👩‍💻¦🇫🇷¦☺️¦①¦Ⅷ¦ﬁ¦Ａ¦１¦Ctrl+C¦F5¦⌘
1.234,56 €¦14 h 30¦1er janvier¦am 3. Oktober¦n° 5¦3ª¦el 5 de mayo¦1º¦Nr. 7¦z. B.¦S. 12¦18.30 Uhr¦100 000¦5,5 %¦a1b2"""
_WORDS: Final = r"""Hello¦there.¦the¦of¦and¦in¦to¦a¦A¦I¦is¦read¦Go!¦Why?¦wait…¦“Yes,”¦(see¦it)¦well-known¦don't¦—¦–¦-¦--
...¦;¦:¦,¦.¦!¦?¦No.¦page¦version¦chapter¦room¦pm¦AM¦million¦bn¦dollars¦to¦from¦May¦March¦street¦Saint¦King¦minus¦plus¦per
El perro de la casa.¦¿Qué es?¦Das ist nicht gut.¦der die das
Le chat est sur la table.¦c'est l'été¦Il gatto è sul tavolo.
Привет, мир.¦你好。¦こんにちは¦안녕¦שלום¦مرحبا¦สวัสดี¦नमस्ते¦Ελλάδα¦αβγ¦π¦Ω¦ƛ¦ǂ¦ɸ¦ə¦ñ¦ß¦ﷺ¦s¦x¦1¦0¦9"""
_CONTROLS: Final = (
    "\x1b[31m", "\x1b[", "\x1b]0;t\x07", "\r", "\b", "\x18", "\x00", "\x0c", "\x85", "\u2028", "\ufffd", "\u0301",
    "\u200b", "\u200d", "\u200f", "\ufeff", "\xad", "\ufe0f", "\U000e0041",
)  # fmt: skip


def _parts(*tables: str) -> list[str]:
    """↵ in a part is the end of a line."""
    return [part.replace("↵", "\n") for table in tables for row in table.split("\n") for part in row.split("¦") if part]


def _long(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Up to 30 of these: as many as one, unlike hypothesis's lists, of which most are short."""
    return st.integers(0, 30).flatmap(lambda count: st.lists(parts, min_size=count, max_size=count)).map("".join)


def _mixed(*tables: str) -> st.SearchStrategy[str]:
    own = st.sampled_from(_parts(*tables))
    parts = own | own | st.sampled_from(_parts(_WORDS)) | st.text(max_size=3)
    return _long(st.tuples(parts, st.sampled_from(_SPACES)).map("".join))


_any_character: Final = st.characters(exclude_categories=["Cc", "Cn", "Co", "Cs"])
_runs: Final = (
    st.text(_any_character, max_size=12) | st.sampled_from(_CONTROLS) | st.text(st.characters(max_codepoint=126))
)
PRINTABLE: Final = _long(st.tuples(_runs, st.sampled_from(_SPACES)).map("".join))
SSML: Final = st.tuples(
    st.sampled_from(["<speak>", "<speak>", ""]), _mixed(_TAGS), st.sampled_from(["</speak>", ""])
).map("".join)
MARKDOWN: Final = _mixed(_MARKDOWN)
FORMS: Final = _mixed(_FORMS)
KINDS: Final = {"printable": PRINTABLE, "ssml": SSML, "markdown": MARKDOWN, "forms": FORMS}
