"""The language of a text: clear cases by words and by script; names, quotations and lists stay the voice's."""

import pytest

from steadyvoice.ipc.language_names import DETECTED
from steadyvoice.workers.text import detection
from steadyvoice.workers.text.detection import detected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Mañana iremos al mercado porque no hay nada en la nevera.", "es"),
        ("¿Sabes cuándo sale el tren para Sevilla?", "es"),
        ("La reunión de hoy se ha cancelado y no sabemos cuándo será la próxima.", "es"),
        ("Nous avons mangé dans un petit restaurant qui donne sur la mer.", "fr"),
        ("Je ne sais pas pourquoi il est parti sans dire un mot.", "fr"),
        ("C’est une bonne nouvelle pour tous les habitants de la ville.", "fr"),
        ("Wir haben gestern einen langen Spaziergang durch den Wald gemacht.", "de"),
        ("Die Besprechung ist verschoben, weil der Chef noch nicht hier ist.", "de"),
        ("Ich weiß nicht, ob der Zug heute pünktlich kommt.", "de"),
        ("Non so perché il treno è in ritardo anche questa mattina.", "it"),
        ("Abbiamo comprato il pane e poi siamo tornati a casa con la nonna.", "it"),
        ("Eu não sei se você vai gostar do filme que está no cinema.", "pt"),
        ("Ik weet niet of het vandaag nog gaat regenen, maar neem een jas mee.", "nl"),
        ("Jag vet inte om det kommer att regna idag men ta med en jacka.", "sv"),
        ("Nie wiem czy jutro będzie padać, ale lepiej się przygotować.", "pl"),
        ("Сегодня хорошая погода, и мы пойдём гулять.", "ru"),
        ("Сьогодні гарна погода, і ми підемо гуляти.", "uk"),
        ("Добро утро", "und-Cyrl"),
        ("Σήμερα ο καιρός είναι καλός.", "el"),
        ("今天天气很好，我们去散步吧。", "zh"),
        ("今日は天気がいいから散歩に行きましょう。", "ja"),
        ("오늘은 날씨가 좋아서 산책을 갑니다.", "ko"),
        ("الطقس جميل اليوم", "ar"),
        ("امروز هوا خوب است و ما پیاده‌روی می‌کنیم", "fa"),
        ("מזג האוויר יפה היום", "he"),
        ("आज मौसम अच्छा है", "und-Deva"),
        ("วันนี้อากาศดีมาก", "th"),
    ],
)
def test_clear_texts(text: str, language: str) -> None:
    assert detected(text, "en") == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "42",
        "The weather is fine today and we will take a walk in the park.",
        "She ordered the coq au vin, the crème brûlée and a glass of vin de pays for her guests.",
        "Add a mirepoix, sauté until soft, deglaze with vin rouge and serve alla puttanesca or au jus.",
        "Serve the pollo alla cacciatora with gnocchi di patate, funghi porcini and a salsa verde.",
        "Coq au vin, pain au chocolat, tarte de la maison, soupe de poisson, crème de marrons.",
        "Paella de marisco, arroz con leche, patatas bravas, tortilla de patatas, pan de la casa.",
        "Leonardo da Vinci, Rafael de la Vega, Juan de los Santos, Maria del Carmen, Ludwig van Beethoven",
        "Los Angeles, San Francisco, Las Vegas, El Paso, Santa Fe, San Antonio, Des Moines, La Jolla",
        "Vincent van Gogh, Otto von Bismarck, Simone de Beauvoir and Ursula von der Leyen",
        "He had read À la recherche du temps perdu and Les fleurs du mal before he was twenty.",
        "The motto is liberté, égalité, fraternité, and it is on every town hall.",
        "A de facto standard, prima facie and inter alia, is not ipso facto a de jure one.",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.",
        "Et tu, Brute? Alea iacta est, veni, vidi, vici, carpe diem, quod erat demonstrandum.",
        "for i in range(10): print(i); el = list(map(str, si)); return None",
        "def est(que, para): return que if para else None",
        "SELECT id, name FROM users WHERE id = 42 AND si IS NOT NULL",
        "import os, sys, re, json; from pathlib import Path as P",
        "Je ne sais quoi",
        "Das ist gut",
        "¿Qué pasa?",
        "Hasta la vista, baby.",
        "Honi soit qui mal y pense",
        "C'est la vie, as they say in the old country.",
        "Say guten Morgen, buongiorno, bonjour, buenos días and good morning to all of them.",
        "The German word nicht means not, and auch means also.",
        "Translate the phrase: ich weiß nicht, was soll es bedeuten, and explain the grammar to them.",
        "a = 0, pi/6, pi/4; sin(a), cos(a), tan(a), y = sin x, x = tan y, a y b",
        "The angle α is equal to β, and γ is the third one.",
        "α + β = γ",
        "E = mc², ΔE = hν",
        "Team Red beat Team Blue two to one in extra time last night.",
        "Dostoevsky wrote Преступление и наказание in 1866 after he had come back to the city.",
        "Tokyo (東京) is the capital of Japan.",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "No no no no no, si si si si si, la la la la la la la",
        "apples pears bananas oranges lemons limes grapes cherries",
        "He will come to me in an hour or so, die or no die, as a man on a war horse.",
    ],
)
def test_texts_that_stay_with_the_english_voice(text: str) -> None:
    assert detected(text, "en") == ""


@pytest.mark.parametrize(
    ("text", "own", "language"),
    [
        ("The weather is fine today and we will take a walk in the park.", "es", "en"),
        ("Mañana iremos al mercado porque no hay nada en la nevera.", "es", ""),
        ("Wir haben gestern einen langen Spaziergang gemacht.", "de", ""),
        ("Er hat das Meeting mit dem Team im Workshop über Cloud Computing verpasst.", "de", ""),
    ],
)
def test_the_language_of_the_voice(text: str, own: str, language: str) -> None:
    assert detected(text, own) == language


@pytest.mark.parametrize(
    ("text", "before", "language"),
    [
        ("Muy bien.", "es", "es"),
        ("¿Y tú?", "es", "es"),
        ("Muy bien.", "", ""),
        ("Mostra informazioni sulla rete e sui gruppi locali.", "it", "it"),
        ("Show details of the network and of local groups.", "it", ""),
        ("On utilise cette option pour voir ce qui se passe sans modifier quoi que ce soit.", "es", "fr"),
        ("Visit Rio de Janeiro.", "es", ""),
        ("Hello again.", "es", ""),
        ("It is fine.", "es", ""),
        ("Muy bien.", "ru", ""),
        ("Well, no.", "es", ""),
    ],
)
def test_a_short_text_continues_what_was_before(text: str, before: str, language: str) -> None:
    assert detected(text, "en", before) == language


def test_the_languages_that_can_be_configured_are_those_that_are_detected() -> None:
    of_scripts = {*detection._SCRIPTS.values(), *(tag for each in detection._BY_LETTER.values() for tag, _ in each)}
    assert {*DETECTED} == {tag for tag in detection.LATIN | of_scripts if not tag.startswith("und")}
