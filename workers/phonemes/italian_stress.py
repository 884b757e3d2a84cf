"""Which vowel of an Italian word has the stress where the spelling does not show it, and whether an e or o is open.

Sources: the endings are those of grammars, such as L. Serianni, "Grammatica italiana" (1989), I.176-186; the list of
words was written for this project, and compared with the answers of espeak-ng.
"""

from typing import Final

from steadyvoice.workers.phonemes.letters import Respellings
from steadyvoice.workers.text.patterns import lazy

_LAST_BUT_TWO: Final = lazy(
    r".*[aeiou].*(?:[aeou]bil[ei]|ibil[ei]|evol[ei]|[cstn]im[oaie]|[oa]men[oi]|esim[oaie]"
    r"|[bcdfglmnprstvz]ic(?:[oa]|i|h[ei])|[bcdfglmnprst]ul[oaie]|[bcdfglmnprstvz]id[oaie]"
    r"|[cgpvbtd]ol[oi]|log[oai]|loghi|graf[oaie]|metr[oai]|nom[oi]|[eo]fon[oi]|[ei]fer[oi]|ivor[oi]"
    r"|(?<!i)ere|[eo]gliere|[dm]in[ei]|gin[ei]|ssero|bbero|[aei]rono|[aei]vano|(?<![uo])ono|[nrudo]dic[ei]|plic[ei]"
    r"|[^aeiou]il[ei])"
)
"""Endings of words with the stress on the last vowel but two."""
_LAST_BUT_ONE: Final = frozenset(
    "amico amica amici amiche antico antica antichi antiche nemico nemica fatica fatiche formica vescica ortica "
    "avere sapere potere volere dovere vedere cadere tenere temere rimanere piacere godere sedere ottenere "
    "mantenere contenere appartenere possedere rivedere parere dispiacere tacere giacere valere persuadere trattenere "
    "gentile aprile civile sottile fucile febbrile femminile maschile cortile infantile ostile sedile barile campanile "
    "giovanile radice radici felice felici patrono colono perdono abbandono "
    "destini sardine camini concime regime sublime confine confini".split()
)
_HIATUS: Final = lazy(
    r"(?:.*(?:melod|log|graf|sof|nom|craz|arch|pat|tom|scop|fon|gam|metr|urg|erg|gon|fob|stalg)"
    r"|polit?z|puliz|garanz|bug|.*v|z|m|p|sp|simpat|fantas|poes|gelos|cortes|compagn|allegr|malatt|farmac|teor|ener"
    r"|armon|iron|foll|anomal|strateg|fattor|trattor|mar|mag|add|pend|brus|ronz|rest|turch|lombard|categor|vi|avv)"
    r"i[aoe]|(?!mat|mis|art|ser|fer)..+eri[ae]"
)
"""Words that have the stress on the i of a final -ia or -io."""
_RESPELLED: Final = Respellings(
    """
    àbit àlber àlibi àmbit àngel àngol ànim àrgin àrid àsin àtom àttim àutobus bàmbol bàrbar brìciol càlic càmer
    càric càrcer càttedr càvol cèlebr céner cìnem còdic còmod crìmin cùpol débit débol èpoc èsil èsit fàbbric fàcil
    fàvol fémmin fégat fórmul fràgil fràgol fùlmin gàmber gèner gióvan giùdic gómit góndol gràndin ìdol immàgin
    ìndic ìntim ìsol làcrim làmin làmpad lètter lìber lìmit màcchin màndorl mànic màrgin màrmor màrtir màscher mèrit
    méscol mètod mòbil mònac nòbil nùmer nùvol òbblig òper órdin òrgan orìgin òspit pàgin pàlpebr pècor pòlver pòpol
    pòver prèdic prìncip prezzémol régol sàbat sàndal scàndal scàtol sècol semàfor sìllab sìmil sìndac spìrit sùbit
    tàvol tècnic telèfon tèrmin tèsser tìtol tràppol ùgol ùtil vérgin véscov vìcol vìper vìrgol vìsit vìttim vòmit
    mèdic doménic dóv èss déll néll quést quéll sùo sùa tùo tùa sùe tùe dùe bùe pòss èrano chièder nòstr vòstr
    zìngar zùccher gènov nàpol pàdov mòden tàrant crèdit pìllol màgic clìnic kilòmetr tùnic stòmac stòric mùsic
    pràtic sémplic continu contìnu règistr càpit recìt rècit súper idràulic pàrl màngi cànt bàll guàrd rèst tórn
    pòrt giòc pèns cérc spér cómpr còst lavòro lavòri sémbr tròv aspètt chiàm suòn pàss éntr ascólt comìnci làsci
    stùdi pàg tàgli cambi cuòc piàc dìc ésc sàlg vógli légge lèggo leggèr lègger chièd véng métt scrìv vìv rìd piàng
    chiùd córr pèrd crèd nàsc préndon tròvan adèsso aèreo agósto alméno ancóra bisógn bòsc cén cipóll córs córt
    déntro fèbbr fògli fórm fréddo frédda fréddi frédde giòi giórn insième légno mèglio mès méno appéna òcch
    satèllit edìcol illùmin mòdo mòdi móstr nér òli óra òro ottóbr petròli póll prèmi ricètt ricèv ròsa ròse rótt
    scògli scórs sèdi sér sètte sòld sólo sóla sóli sóle sótto stéll tòpo tòpi vècchi vér vérd vòlt nòtt òtto
    rispóst sistèm bibliotèc testimòni tifòs qualsìasi sincér scélt venn vóll chiès fècer dìsser èbber fóss avéva
    avévano dicéva sapéva nòme nòmi cósa còsa pòco pòca pòchi pòche pòsto pòsti tré trénta dièci prèsid vétr tórr
    pròssim sciòper fòto protègg spècchi pròpri enórm raccòlt lavóri incéndi oggètt corridói elètt ìndag orològi
    mèZZ aZiènd romànZ brònZ benZìn prànZ Zèr Zòn anàlis alfabèt atlèt bròd candél capéll catén cérchi césto chiòd
    cóll colónn esèrcit fotògraf frén gónn ìncub insètt interèss nàscit nòd nòta nòte òrdin péna pénn péntol pèttin
    poèt pósto prèstit procèss prodótt propóst règol ricérc scòp sélv sónn spècie stipéndi succèss suòcer velén véna
    véne véndit vólo vóli zanZàr cièc còlt complèt fedél gròss lògic mìser òvvi sórd sòlit persuàd raccògli scégli
    sciògli tògli effètt progètt concètt dirètt perfètt rispètt sospètt lìnea làurea àrea perìod paùr òss gioièll
    crèma schèma tèma sèrie sèrio sèria sèri célla féde ségn dégn frónte pónte mónte cónte fónte ónd tónd móndo
    sfónd profónd secónd biónd rotónd bórs tórt pésc sòlid
    """,
    endings="a o i e hi he ano ono",
    as_written={"à": "a", "è": "e", "é": "e", "ì": "i", "ò": "o", "ó": "o", "ù": "u", "Z": "z"},
)
"""è and ò are open; Z is a voiced z."""


def respelled(word: str) -> str | None:
    """The word with its stressed vowel accented, è and ò if they are open; None where the rules decide."""
    if _HIATUS.fullmatch(word) and not word.endswith("logio"):
        return f"{word[:-2]}ì{word[-1]}"
    return f"{word[:-2]}èi" if word.endswith("rei") else _RESPELLED(word)


def from_end(word: str) -> int:
    """The stressed vowel, the last one being 1."""
    return 3 if word not in _LAST_BUT_ONE and _LAST_BUT_TWO.fullmatch(word) else 2
