"""Portuguese: numbers, dates, times, money, measures, signs; prose stays as it is."""

import pytest
from support.reading import words

from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.portuguese import cardinal, ordinal


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "zero"),
        (14, "catorze"),
        (19, "dezenove"),
        (21, "vinte e um"),
        (100, "cem"),
        (101, "cento e um"),
        (555, "quinhentos e cinquenta e cinco"),
        (1000, "mil"),
        (1001, "mil e um"),
        (1100, "mil e cem"),
        (1234, "mil duzentos e trinta e quatro"),
        (1984, "mil novecentos e oitenta e quatro"),
        (2025, "dois mil e vinte e cinco"),
        (21_000, "vinte e um mil"),
        (1_000_000, "um milhão"),
        (1_500_000, "um milhão e quinhentos mil"),
        (2_000_031, "dois milhões e trinta e um"),
        (1_234_567, "um milhão duzentos e trinta e quatro mil quinhentos e sessenta e sete"),
        (10**9, "um bilhão"),
        (3 * 10**33, "três decilhões"),
    ],
)
def test_cardinals(value: int, said: str) -> None:
    assert cardinal(value) == said


def test_the_largest_number() -> None:
    assert cardinal(10**36 - 1).startswith(
        "novecentos e noventa e nove decilhões novecentos e noventa e nove nonilhões"
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [(1, "primeira"), (10, "décima"), (21, "vigésima primeira"), (99, "nonagésima nona"), (300, "trecentésima")],
)
def test_ordinals(value: int, said: str) -> None:
    assert ordinal(value, feminine=True) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Vieram 21 pessoas.", "vieram vinte e uma pessoas"),
        ("Comprou 1 livro e 31 cadeiras.", "comprou um livro e trinta e uma cadeiras"),
        ("São 200 páginas em 2 dias.", "são duzentas páginas em dois dias"),
        ("2.000.002 cidades", "dois milhões e duas cidades"),
        ("42 mil pessoas", "quarenta e dois mil pessoas"),
        ("2 viagens e 2 canções", "duas viagens e duas canções"),
        ("Custa R$ 12,50.", "custa doze reais e cinquenta centavos"),
        ("Custa R$1.", "custa um real"),
        ("R$ 1.234,56", "mil duzentos e trinta e quatro reais e cinquenta e seis centavos"),
        ("R$ 0,99", "noventa e nove centavos"),
        ("US$ 5", "cinco dólares"),
        ("5 €", "cinco euros"),
        ("£1", "uma libra"),
        ("202 £", "duzentas e duas libras"),
        ("-3 €", "menos três euros"),
        ("R$ 1.000.000", "um milhão de reais"),
        ("R$ 3,5 milhões", "três vírgula cinco milhões de reais"),
        ("R$ 2 bi", "dois bilhões de reais"),
        ("R$ 5 mil", "cinco mil reais"),
        ("US$ 2,5 mil por mês", "dois vírgula cinco mil dólares por mês"),
        ("5-10 €", "cinco a dez euros"),
        ("1.234", "mil duzentos e trinta e quatro"),
        ("10 000 habitantes", "dez mil habitantes"),
        ("3,14", "três vírgula catorze"),
        ("0,05", "zero vírgula zero cinco"),
        ("3,14159", "três vírgula um quatro um cinco nove"),
        ("versão 3.10.2", "versão três ponto dez ponto dois"),
        ("-5 °C", "menos cinco graus celsius"),
        ("5 %", "cinco por cento"),
        ("37,5%", "trinta e sete vírgula cinco por cento"),
        ("120 km/h", "cento e vinte quilômetros por hora"),
        ("1 km", "um quilômetro"),
        ("20 m²", "vinte metros quadrados"),
        ("2,5 kg", "dois vírgula cinco quilogramas"),
        ("2 h", "duas horas"),
        ("2 t", "duas toneladas"),
        ("Às 14:30", "às catorze horas e trinta"),
        ("às 14h30", "às catorze horas e trinta"),
        ("às 14h30min.", "às catorze horas e trinta"),
        ("às 14h", "às catorze horas"),
        ("às 2:00", "às duas horas"),
        ("à 1:05", "à uma hora e cinco"),
        ("às 21:01", "às vinte e uma horas e um"),
        ("Em 3/4/2025", "em três de abril de dois mil e vinte e cinco"),
        ("em 01/05/2024", "em primeiro de maio de dois mil e vinte e quatro"),
        ("2025-12-31", "trinta e um de dezembro de dois mil e vinte e cinco"),
        ("1º de janeiro de 1984", "primeiro de janeiro de mil novecentos e oitenta e quatro"),
        ("1 de maio", "primeiro de maio"),
        ("7 de setembro", "sete de setembro"),
        ("1990-1995", "mil novecentos e noventa a mil novecentos e noventa e cinco"),
        ("Pedro II e João XXIII", "pedro segundo e joão vinte e três"),
        ("tamanho XL", "tamanho xl"),
        ("1/2 kg, 1/2 h, 3/4 l", "meio quilograma meia hora três quartos de litro"),
        ("1 1/2 xícaras", "uma e meia xícaras"),
        ("½ xícara", "meia xícara"),
        ("1 ½", "um e meio"),
        ("2/3, 5/12, 1/100", "dois terços cinco doze avos um centésimo"),
        ("7/3", "sete sobre três"),
        ("tel. 11 2345 6789", "telefone um um dois três quatro cinco seis sete oito nove"),
        ("(11) 3333-4444", "um um três três três três quatro quatro quatro quatro"),
        ("11 91234-5678", "um um nove um dois três quatro cinco seis sete oito"),
        ("3333-4444", "três três três três quatro quatro quatro quatro"),
        ("de 1990-1995", "de mil novecentos e noventa a mil novecentos e noventa e cinco"),
        ("às 00h", "às zero horas"),
        ("+55 11 91234 5678", "mais cinco cinco um um nove um dois três quatro cinco seis sete oito"),
        ("o 1º e a 2ª", "o primeiro e a segunda"),
        ("a 3a edição", "a terceira edição"),
        ("os 1ºs lugares", "os primeiros lugares"),
        ("o 20° século", "o vigésimo século"),
        ("fazia 25° em Recife", "fazia vinte e cinco graus em recife"),
        ("20ºC", "vinte graus celsius"),
        ("século XIX e século V", "século dezenove e século quinto"),
        ("#5", "número cinco"),
        ("2 + 2 = 4", "dois mais dois igual a quatro"),
        ("3 x 4", "três vezes quatro"),
        ("Souza & Filhos", "souza e filhos"),
        ("ana@example.com.br", "ana arroba example ponto com ponto br"),
        ("0042", "zero zero quatro dois"),
        ("O Sr. Lima e a Dra. Reis, etc.", "o senhor lima e a doutora reis etcétera"),
        ("Av. Brasil, nº 12, apto. 3", "avenida brasil número doze apartamento três"),
        ("e/ou", "e ou"),
        ("±3", "mais menos três"),
    ],
)
def test_expressions(text: str, said: str) -> None:
    assert words(text, "pt-BR") == said


@pytest.mark.parametrize(
    "text",
    [
        "Hoje faz tempo bom.",
        "Que horas são?",
        "Um metro, dois litros e uma hora.",
        "A senhora disse que sim.",
        "Copo d'água",
        "Guarda-chuva e pé-de-meia",
        "O século passado.",
        "O time A venceu.",
        "Disse: “está bem”.",
        "Não sei... talvez.",
        "Primeiro, segundo e terceiro.",
        "Dê-me um tri.",
        "M de Maria e A de Ana.",
        "O mi bemol e o si.",
        "Rio de Janeiro - São Paulo",
    ],
)
def test_prose_stays(text: str) -> None:
    assert spoken(text, "pt-BR") == text
