from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.errors import RequestInvalid
from subtext.intake.language_detection import detect_language, parse_language_tag


@dataclass(frozen=True)
class Written:
    code: str
    text: str


@pytest.mark.parametrize(
    "case",
    [
        Written(
            "en",
            "The minister said on Monday that the talks had failed, and that it was not a sign of weakness. They "
            "would come back to the table when the other side had shown what it was ready to give.",
        ),
        Written(
            "de",
            "Der Minister sagte am Montag, dass die Gespräche gescheitert seien und dass es kein Zeichen der Schwäche "
            "sei. Sie würden an den Tisch zurückkehren, wenn die andere Seite zeige, was sie zu geben bereit ist.",
        ),
        Written(
            "fr",
            "Le ministre a dit lundi que les pourparlers avaient échoué et que ce n'était pas un signe de faiblesse. "
            "Ils reviendront à la table quand l'autre partie aura montré ce qu'elle est prête à donner.",
        ),
        Written(
            "es",
            "El ministro dijo el lunes que las conversaciones habían fracasado y que no era una señal de debilidad. "
            "Volverán a la mesa cuando la otra parte haya mostrado lo que está dispuesta a dar.",
        ),
        Written(
            "it",
            "Il ministro ha detto lunedì che i colloqui sono falliti e che non è un segno di debolezza. Torneranno al "
            "tavolo quando la controparte avrà mostrato che cosa è pronta a dare, anche se non è molto.",
        ),
        Written(
            "pt",
            "O ministro disse na segunda-feira que as conversas fracassaram e que isso não era um sinal de fraqueza. "
            "Eles voltarão à mesa quando a outra parte mostrar o que está pronta para dar, mesmo que seja pouco.",
        ),
        Written(
            "nl",
            "De minister zei maandag dat de gesprekken waren mislukt en dat het geen teken van zwakte was. Zij komen "
            "terug aan tafel als de andere partij heeft laten zien wat zij wil geven, ook als het niet veel is.",
        ),
        Written(
            "sv",
            "Ministern sade på måndagen att samtalen hade misslyckats och att det inte var ett tecken på svaghet. De "
            "kommer tillbaka till bordet när den andra sidan har visat vad den är beredd att ge.",
        ),
        Written(
            "pl",
            "Minister powiedział w poniedziałek, że rozmowy się nie powiodły i że nie jest to oznaka słabości. Wrócą "
            "do stołu, jak tylko druga strona pokaże, co jest gotowa dać, nawet jeśli to nie będzie dużo.",
        ),
        Written("ru", "Министр заявил в понедельник, что переговоры провалились, и что это не признак слабости."),
        Written("uk", "Міністр заявив у понеділок, що переговори провалилися, і що це не ознака слабкості їхньої."),
        Written("ja", "大臣は月曜日に、会談は失敗に終わったが、これは弱さのしるしではないと述べた。"),
        Written("zh", "部长星期一表示，会谈已经失败，但这并不是软弱的表现，他们将在适当的时候回到谈判桌前。"),
        Written("ko", "장관은 월요일에 회담이 실패했지만 이것이 약점의 표시는 아니라고 말했다."),
        Written("ar", "قال الوزير يوم الاثنين إن المحادثات فشلت وإن ذلك ليس علامة على الضعف."),
        Written("fa", "وزیر روز دوشنبه گفت که گفتگوها شکست خورده است و این نشانه ضعف نیست، چون چاره دیگری نبود."),
        Written("el", "Ο υπουργός είπε τη Δευτέρα ότι οι συνομιλίες απέτυχαν και ότι αυτό δεν είναι σημάδι αδυναμίας."),
        Written("he", "השר אמר ביום שני כי השיחות נכשלו וכי אין זה סימן לחולשה."),
    ],
    ids=lambda case: case.code,
)
def test_running_text_shows_its_language(case: Written) -> None:
    found = detect_language(case.text)
    assert found.code == case.code
    assert found.confidence is not None
    assert 0.5 < found.confidence <= 1


def test_capitals_beyond_ascii_are_those_of_the_same_words() -> None:
    text = "Não há mais nada até já, nós também não são só isso, e ele já não é um dos que vão até à praia às três."

    assert detect_language(text.upper()) == detect_language(text)


@pytest.mark.parametrize(
    "text",
    ["", "Stocks fall", "Kim Jong Un", "12 345 678", "x" * 10_000, "a=b;{}()[]" * 50, "😀" * 100],
)
def test_too_little_to_go_by_is_undetermined(text: str) -> None:
    assert detect_language(text) == detect_language("")
    assert detect_language(text).code == "und"


@pytest.mark.parametrize(
    "text",
    [
        "let y = a + b;\nif (y == el) { se = y; }\nfor (const el of la) { y += el; }\n" * 10,
        "for i in range(n):\n    x, y = a[i], b[i]\n    no = y if x else de\n" * 10,
        "SELECT a, y, de FROM la WHERE y IN (1, 2) AND no = 'el' ORDER BY a;\n" * 10,
        "INSERT INTO de (a, la, el) VALUES (1, 'y', 'que');\n" * 10,
        "id,de,la,el\n1,y,no,en\n2,de,un,se\n" * 20,
        "https://news.example/en/la/el?y=de&a=no\n" * 20,
        "var i = 0; var att = i; var som = för; var de = i;\n" * 10,
        '{"de": "la", "el": "y", "en": "un"}\n' * 20,
        "ZGUgbGEgcXVlIGVsIGVuIHkgYSBsb3M=\n" * 30,
    ],
    ids=["JavaScript", "Python", "SQL", "SQL values", "CSV", "addresses", "Swedish names", "JSON", "base64"],
)
def test_code_and_data_are_in_no_language(text: str) -> None:
    assert detect_language(text).code == "und"


@given(st.text(max_size=500))
def test_any_text_has_a_code_and_a_probability(text: str) -> None:
    found = detect_language(text)
    assert found.code.isalpha()
    assert found.confidence is None or 0 <= found.confidence <= 1


@pytest.mark.parametrize(
    ("tag", "code"), [("en", "en"), ("EN", "en"), ("pt-BR", "pt"), ("zh-Hant-TW", "zh"), ("haw", "haw"), ("und", "und")]
)
def test_a_tag_names_its_primary_language(tag: str, code: str) -> None:
    found = parse_language_tag(tag)
    assert (found.code, found.confidence) == (code, None)


@pytest.mark.parametrize(
    "tag",
    ["", "e", "english", "en_GB", "en-", "-en", "en--GB", "e1", "en GB", "en\n", "en-" + "a" * 9, "en" + "-a" * 20],
)
def test_what_is_no_tag_is_refused_with_what_to_give(tag: str) -> None:
    with pytest.raises(RequestInvalid, match="such as en"):
        parse_language_tag(tag)
