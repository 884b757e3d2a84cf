"""Sentences from which the statistics of a voice are taken, from short to long."""

from typing import Final

SENTENCES: Final = {
    "en": (
        "Hello.", "Do you?", "Not yet, thanks.", "It is over there.", "He put both boxes back on the shelf.",
        "Why would anyone choose such a quiet job?",
        "He asked my brother for five thousand dollars in August, and left without a word.",
    ),
    "es": (
        "Hola.", "¿Quién?", "Todavía no, gracias.", "Está en la otra calle.", "Puso las dos cajas en el estante.",
        "¿Por qué elegiría alguien un trabajo tan tranquilo?",
        "Le pidió a mi hermano cinco mil pesos en agosto, y se marchó sin decir una palabra.",
    ),
    "fr": (
        "Bonjour.", "Vraiment ?", "Pas encore, merci.", "C'est de l'autre côté.", "Il a remis les boîtes en place.",
        "Pourquoi choisir un métier aussi tranquille ?",
        "Il a demandé cinq mille francs à mon frère au mois d'août, puis il est parti sans un mot.",
    ),
    "it": (
        "Ciao.", "Davvero?", "Non ancora, grazie.", "È dall'altra parte.", "Ha rimesso le due scatole sullo scaffale.",
        "Perché scegliere un lavoro così tranquillo?",
        "Ha chiesto cinquemila lire a mio fratello in agosto, e se ne è andato senza una parola.",
    ),
    "pt": (
        "Olá.", "Quem?", "Ainda não, obrigado.", "Fica do outro lado.", "Ele colocou as duas caixas na prateleira.",
        "Por que alguém escolheria um trabalho tão calmo?",
        "Ele pediu cinco mil reais ao meu irmão em agosto, e foi embora sem dizer uma palavra.",
    ),
    "hi": (
        "नमस्ते।", "सच में?", "अभी नहीं, धन्यवाद।", "वह सड़क के उस पार है।", "उसने दोनों डिब्बे अलमारी में रख दिए।",
        "कोई इतना शांत काम क्यों चुनेगा?",
        "उसने अगस्त में मेरे भाई से पाँच हज़ार रुपये माँगे, और बिना कुछ कहे चला गया।",
    ),
    "ja": (
        "はい。", "本当ですか？", "まだです、ありがとう。", "それは向こう側にあります。",
        "彼は箱を二つとも棚に戻しました。",
        "どうしてそんなに静かな仕事を選ぶのでしょうか？",
        "彼は八月に私の兄に五千円を頼み、それから何も言わずに出て行きました。",
    ),
    "cmn": (
        "你好。", "真的吗？", "还没有，谢谢。", "它在街的另一边。", "他把两个箱子都放回了架子上。",
        "为什么有人会选择这么安静的工作呢？",
        "他八月份向我哥哥借了五千块钱，然后一句话也没说就走了。",
    ),
}  # fmt: skip
"""By language, without its region."""
