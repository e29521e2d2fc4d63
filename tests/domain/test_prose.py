from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.prose import classify_prose, is_data
from tests.support.requirements import SHARED_DATA, require_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Text:
    id: str
    text: str


STORY = (
    "The minister said on Monday that the talks had failed, and blamed the other side. They would come back to the "
    "table when the other side had shown what it was ready to give. No date was set for another round.\n\n"
)
PROSE = (
    Text("news", STORY),
    Text("capitals", STORY.upper()),
    Text("no capitals and no stops", STORY.lower().replace(".", "").replace(",", "")),
    Text("hard-wrapped", STORY.replace(" that ", "\nthat ").replace(" when ", "\nwhen ").replace(" for ", "\nfor ")),
    Text("a name", "Kim Jong Un"),
    Text("a headline", "Stocks fall amid trade fears"),
    Text("verse", "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:\nRough"
         " winds do shake"
         " the darling buds of May,\nAnd summer's lease hath all too short a date;"),
    Text("short lines", "His house is in\nthe village though;\nHe will not see\nme stopping here\nTo watch his woods\n"
         "fill up with snow.\n" * 2),
    Text("headlines", "Stocks fall amid trade fears\nOil rises as producers cut output\nGold hits record on"
         " weak dollar\n"
         "Yen slips after bank holds rates\n" * 2),
    Text("transcript", "HOST: Welcome back to the programme.\nGUEST: Thank you for having me.\nHOST: What do"
         " you make of"
         " the talks?\nGUEST: They have failed, and everybody knows that.\nHOST: So what now?\nGUEST: We wait.\n"),
    Text("recipe", "Preheat the oven to 180C and grease the tin.\n\n200g flour\n100g butter\n2 eggs\n50g"
         " sugar\n\nBake it "
         "for 25 minutes until it is golden, and let it cool before you cut it."),
    Text("box score", f"{STORY}Rovers 5 0 12 7 3\nUnited 0 3 4 2 9\nCity 1 1 8 3 4\n\n{STORY}"),
    Text("market report", "The FTSE 100 closed down 45.3 points, or 0.6%, at 7,512.40. The S&P 500 was 0.3% lower at "
         "4,510.2. Sterling fell 0.4% to $1.2710 against the dollar, and was 0.1% lower at €1.1512 against the euro."),
    Text("tweets", f"“@POTUS is FAILING #MAGA http://t.co/abc123” she wrote. {STORY} https://t.co/xyz"),
    Text("a snippet in an article", f"{STORY}    if (len < 0) {{ return -1; }}\n    memcpy(dst, src, len);\n\n{STORY}"),
    Text("pasted tags", "<div><p>The minister said that the talks had failed.</p><p>He blamed them for"
         " it.</p></div>" * 4),
    Text("Markdown", f"# Talks fail\n\n* {STORY}\n* **He** blamed [the other side](https://news.example/a/b?c=d).\n"),
    Text("an article in JSON", json.dumps({"title": "Talks fail", "body": STORY * 3})),
    Text("mail", f"From: Anna <anna@example.org>\nTo: Ben <ben@example.org>\nSubject: the talks\n\nDear"
         f" Ben,\n\n{STORY}"),
    Text("German", "Der Minister sagte am Montag, dass die Gespräche gescheitert seien. Er gab der anderen"
         " Seite Schuld."),
    Text("Swahili", "Waziri mkuu alisema Jumatatu kwamba mazungumzo yameshindwa. Alilaumu upande wa pili kwa"
         " kuvunjika kwa "
         "mazungumzo hayo. Wananchi wengi wanasubiri hatua zitakazochukuliwa na serikali."),
    Text("Lithuanian", "Ministras pirmadienį pareiškė, kad derybos žlugo. Jis kaltino kitą pusę dėl nesėkmės ir"
         " sakė, kad "
         "kitas susitikimas dar nenumatytas."),
    Text("Russian", "Министр заявил в понедельник, что переговоры провалились, и что это не признак слабости. " * 2),
    Text("Hindi", "मंत्री ने सोमवार को कहा कि वार्ता विफल हो गई है। उन्होंने दूसरे पक्ष को दोषी ठहराया। " * 2),
    Text("Chinese", "部长星期一表示，会谈已经失败，但这并不是软弱的表现。他们将在适当的时候回到谈判桌前。" * 3),
    Text("Thai", "รัฐมนตรีกล่าวเมื่อวันจันทร์ว่าการเจรจาล้มเหลว และกล่าวโทษอีกฝ่าย" * 3),
    Text("Arabic", "قال الوزير يوم الاثنين إن المحادثات فشلت وإن ذلك ليس علامة على الضعف. " * 2),
)  # fmt: skip
OTHER = (
    Text("numbers", " ".join(str(n * 37 % 1000) for n in range(200))),
    Text("numbers by line", "\n".join(str(n * 37 % 1000 / 7) for n in range(200))),
    Text("SQL", "SELECT customer_id, SUM(amount) AS total\nFROM orders\nWHERE status = 'paid'\nGROUP BY"
         " customer_id;\n" * 3),
    Text("SQL in small letters", "select name, age from users where age > 30 and city in ('Paris') order by"
         " name; " * 3),
    Text("SQL without signs", "SELECT name, city FROM customers WHERE city IS NOT NULL ORDER BY name ASC LIMIT"
         " 10\n" * 6),
    Text("Python", "def f(x):\n    return [y for y in x if y]\n\nclass A:\n    pass\n" * 20),
    Text("Python with comments", 'def mean(values):\n    """Return the mean of the values."""\n    total = 0\n '
         '   for value '
         "in values:\n        total += value\n    # avoid dividing by zero when the list is empty\n    if not values:\n"
         "        return None\n    return total / len(values)\n" * 3),
    Text("JavaScript", "const a = items.map(x => x.id);\nfunction go() { console.log('hello'); }\n" * 5),
    Text("minified", "!function(e,t){var n=e.document;t.exports=function(r){return n.create(r)}}(window,module);" * 10),
    Text("names like Spanish", "let y = a + b;\nif (y == el) { se = y; }\nfor (const el of la) { y += el; }\n" * 10),
    Text("Java", 'public class Main {\n  public static void main(String[] args) {\n    out.println("Hi");\n '
         " }\n}\n" * 4),
    Text("Ruby", "class User\n  attr_accessor :name\n  def initialize(name)\n    @name = name\n  end\nend\n" * 5),
    Text("Haskell", "map :: (a -> b) -> [a] -> [b]\nmap _ [] = []\nmap f (x:xs) = f x : map f xs\n" * 5),
    Text("Lisp", "(defun fact (n) (if (= n 0) 1 (* n (fact (- n 1)))))\n" * 8),
    Text("COBOL", "PROCEDURE DIVISION.\n    MOVE ZERO TO TOTAL.\n    PERFORM UNTIL DONE\n    ADD PRICE TO TOTAL\n" * 4),
    Text("BASIC", '10 PRINT "HELLO"\n20 INPUT A\n30 IF A = 1 THEN GOTO 10\n40 END\n' * 6),
    Text("assembly", "mov eax, 1\nint 0x80\npush ebp\ncall printf\nret\n" * 6),
    Text("shell", "cd /tmp\nls -la\nsudo apt-get install python3\necho done\nfor f in a b c; do mv $f x; done\n" * 5),
    Text("CSS", "body { margin: 0; color: red }\n.a > .b { display: none; }\n" * 8),
    Text("JSON", '[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]' * 20),
    Text("YAML", "name: test\non:\n  push:\n    branches:\n      - main\njobs:\n  build:\n    runs-on: ubuntu\n" * 3),
    Text("settings", "[server]\nport=8080\nhost=localhost\n\n[db]\nuser=admin\npassword=secret\n" * 6),
    Text("CSV", "id,name,city,amount\n1,John Smith,New York,12.50\n2,Anna Lee,San Francisco,8.00\n" * 8),
    Text("columns", "name\tcity\tjob\nJohn\tBoston\tbaker\nAnna\tDenver\tlawyer\n" * 10),
    Text("table", "| Team | W | L |\n| --- | --- | --- |\n| Rovers | 10 | 2 |\n| United | 3 | 9 |\n" * 6),
    Text("league table", "Rovers 20 15 3 2 48\nUnited 20 14 2 4 44\nCity 20 13 3 4 42\n" * 5),
    Text("access log", "2026-03-04T06:00:00Z 200 GET /a 0.003 10.0.0.1:80 -\n" * 9),
    Text("log with sentences", "2026-03-04 06:00:00 INFO The server has started on port 8080\n"
         "2026-03-04 06:00:01 ERROR The connection to the database was lost\n" * 6),
    Text("stack trace", 'Traceback (most recent call last):\n  File "a.py", line 3, in main\n    go()\n'
         'ValueError: bad\n' * 4),
    Text("Java stack trace", 'Exception in thread "main" java.lang.NullPointerException\n\tat'
         ' com.x.Main.go(Main.java:12)\n' * 5),
    Text("base64", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo" * 50),
    Text("base64 in lines", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoabcdefghijklmnopqrstuvwxyzABC1\n" * 20),
    Text("hex", "4f 6e 20 4d 6f 6e 64 61 79 " * 40),
    Text("addresses", "https://news.example/a/story-one\nhttps://news.example/b/story-two?x=1\n" * 8),
    Text("names", "John Smith\nAnna Lee\nCarl Brown\nMaria Garcia\n" * 12),
    Text("words", "apple banana cherry grape lemon melon orange peach pear plum " * 8),
    Text("function words in a list", "words = ['the', 'of', 'and', 'to', 'that', 'was', 'his', 'he']\n" * 10),
    Text("patch", "--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n-import os\n+import sys\n def main():\n-    pass\n" * 5),
    Text("formulas", "x + y = z\n2x - 3y = 7\nf(x) = x^2 + 1\n" * 10),
    Text("LaTeX", r"\documentclass{article}\begin{document}\section{Intro}\begin{equation}a=b+c\end{equation}" * 5),
    Text("chess", "1. e4 e5 2. Nf3 Nc6 3. Bb5 a6 4. Ba4 Nf6 5. O-O Be7 " * 6),
    Text("chords", "C G Am F\nC G F C\nAm F C G\n" * 12),
    Text("a megabyte without a space", "x" * 1_000_000),
)  # fmt: skip


@pytest.mark.parametrize("case", PROSE, ids=lambda case: case.id)
def test_running_text_is_prose_whatever_its_form_and_language(case: Text) -> None:
    assert classify_prose(case.text) == "prose"


@pytest.mark.parametrize("case", OTHER, ids=lambda case: case.id)
def test_code_data_and_lists_are_not(case: Text) -> None:
    assert classify_prose(case.text) == "other"


@pytest.mark.parametrize("seed", range(3))
def test_words_in_no_order_are_no_prose(seed: int) -> None:
    words = (STORY * 4).split()
    random.Random(seed).shuffle(words)  # noqa: S311 - no secret

    assert classify_prose(STORY * 4) == "prose"
    assert classify_prose(" ".join(words)) == "other"


@pytest.mark.parametrize(
    "text",
    [
        "Vláda oznámila nový plán, a to přes protest opozice. Starosta přijel do města, a to bez doprovodu. ",
        "Rząd ogłosił nowy plan, a to mimo protestów opozycji. Burmistrz przyjechał do miasta, a to bez ochrony. ",
        "Regeringen siger at to ministre går, og at to andre bliver. Avisen skriver at to partier er enige. ",
    ],
    ids=["Czech", "Polish", "Danish"],
)
def test_other_languages_are_in_order(text: str) -> None:
    assert classify_prose(text * 4) == "prose"


def test_two_slips_are_no_disorder() -> None:
    assert (
        classify_prose(STORY * 4 + "He saw the the man on a kind of of ship. It is what they think of the to of.")
        == "prose"
    )


def test_half_code_and_half_prose_is_mixed() -> None:
    code = "total = sum(values)\nif total > limit:\n    raise_alarm(total)\n" * 7

    assert classify_prose(STORY + code) == "mixed"


def test_comments_are_prose_unless_they_are_of_code() -> None:
    code = "# the price of what was sold\ntotal = sum(prices.values())\nprint(total, end='')\n"

    assert classify_prose(code * 9) == "other"
    assert classify_prose(f"# {STORY}\n# {STORY}") == "prose"


def test_a_long_text_is_judged_by_its_beginning_its_middle_and_its_end() -> None:
    code = "x = y + 1;\n" * 2_000

    assert classify_prose(STORY * 300) == "prose"
    assert classify_prose(STORY * 150 + code * 3) == "mixed"
    assert classify_prose(code * 3 + STORY * 10) == "other"


@given(st.text(max_size=400))
def test_any_text_is_of_a_kind(text: str) -> None:
    assert classify_prose(text) in {"prose", "mixed", "other"}


def _articles() -> Iterator[tuple[Path, str]]:
    for path in sorted([*(SHARED_DATA / "framing").glob("*.jsonl"), *(SHARED_DATA / "summaries").glob("*.jsonl")]):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield path, f"{row.get('title') or ''}\n\n{row['text']}"
    for path in sorted((SHARED_DATA / "extraction" / "pages").glob("*.json")):
        yield path, json.loads(path.read_text(encoding="utf-8"))["articleBody"]


def test_no_real_article_is_taken_for_code_or_data() -> None:
    require_or_skip("data", present=SHARED_DATA.exists(), why="the measuring data beside the checkout is missing")

    kinds = [classify_prose(text) for _, text in _articles()]

    assert len(kinds) > 2_000
    assert kinds.count("other") == 0
    assert kinds.count("mixed") <= 2


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-04 06:00:01 ERROR The server could not reach the database.",
        "The log says:\nWARNING: the disk is nearly full.",
        "for (const el of la) { y += el; }",
        "SELECT name FROM users WHERE id = 1;",
    ],
    ids=["log", "log behind prose", "code", "query"],
)
def test_a_line_of_data_is_told_from_a_sentence(line: str) -> None:
    assert is_data(line)


@pytest.mark.parametrize(
    "sentence",
    [
        "The firm owes $5m, and its founder, @orlo, will not pay.",
        "Select committees took evidence from the ministers.",
        "At noon, 12:30, the errors were gone.",
        "Ministerium: „Wir liefern.“",
    ],
    ids=["signs", "a word of code", "time and errors", "speaker"],
)
def test_a_sign_or_two_do_not_make_a_sentence_data(sentence: str) -> None:
    assert not is_data(sentence)
