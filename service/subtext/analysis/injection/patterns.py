# ruff: noqa: E501, ISC004 - a pattern on a line reads better than wrapped
"""Injection patterns: what a sentence looks like that speaks to a machine instead of to a reader.

Each pattern is tried on one sentence of at most 1,000 characters, and reaches over a bounded number of characters in
it: the time is linear in the text, whatever it holds. They name forms (an order about the answer, a forged turn of a
chat, a claim to be the system), not the words of known attacks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, Protocol

from subtext.analysis.injection.encoded_text import is_encoded, may_be_encoded
from subtext.domain.text.word_lists import word_list, word_set

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from subtext.domain.text.prepared import PreparedText

InjectionKind = Literal["override", "forged_turn", "answer_order", "persona", "addressed_to_model", "prompt_request", "forged_answer", "planted_fact", "forged_delimiter", "encoded", "code", "hidden_characters"]  # fmt: skip

_MACHINE = (
    r"(?:AI|LLM|GPT|language model|large language model|AI (?:model|assistant|system|agent)|chat ?bot|ChatGPT|assistant"
    r"|summari[sz](?:er|ing (?:tool|system|model))|automated (?:screening |reading |review )?(?:system|tool|reader|agent)"
    r"|(?:screening|annotation|classification) (?:system|model|tool))s?"
)
_THIS = r"(?:this|the|these|following|above|below) (?:\w+ )?(?:article|text|document|page|data|content|e-?mail|message|file)s?"
_ANSWER = r"(?:answer|response|reply|output|summary|solution|completion|translation|analysis|report|verdict)s?"
_BEFORE = (
    r"(?:above|below|previous|previously|preceding|prior|earlier|foregoing|original|initial|existing|last|old|system)"
)
_ORDERS = (
    r"(?:instructions?|directions?|directives?|prompts?|commands?|guidelines?|rules?|orders|context|messages?|text|input"
    r"|inputs|data|content|questions?|tasks?|sentences?|information|info|everything|anything)"
)
# What an order may begin with: marks, politeness, a connective.
START = (
    r"^[^\w<{\[]*(?:(?:please|now|also|then|so|but|and|instead|just|simply|first|next|finally|important|attention|note"
    r"|urgent|kindly|always|never|only|hey|oh|ok|okay|good|well|sorry|hidden|new)\b[ ,:;!-]*){0,4}"
)
_SPEAK = r"(?:say|print|output|reply|respond|answer|return|repeat|echo|type|write|display|emit|produce|generate)"
DO = (
    rf"(?:{_SPEAK}|add|adopt|analy[sz]e|append|apply|assign|begin|calculate|change|classify|compose|compute|conclude"
    r"|convert|create|decode|describe|develop|draft|embed|encode|encrypt|end|execute|explain|finish|focus|format"
    r"|give|identify|include|incorporate|insert|integrate|introduce|label|list|make|mention|paraphrase|prefix|prepend"
    r"|present|provide|put|rate|recite|recommend|remove|rephrase|replace|report|reverse|rewrite|score|send|shift|show|shuffle"
    r"|spell|start|substitute|summari[sz]e|swap|tell|translate|transform|treat|use)"
)

# To ignore, and instructions, in the languages that are written most; between them any few words.
_IGNORE = (
    r"(?:ignor|vergi(?:ss|ß)|missachte|oubli|négligez|olvid|descarta|dimentic|trascura|esque[cç]|desconsider|negeer|vergeet"
    r"|zignoruj|pomiń|zapomnij|yok say|görmezden|unut|игнорир|забудь|不要理会|忽略|无视|忘记|無視|忘れ|무시|تجاهل|انس|אל תתייחס|התעלם)"
)
_INSTRUCTION_STEMS = word_list(
    "anweisung vorgabe instruction consigne instruccion istruzion instruç orientaç instructie instrukcj poleceń polecenia "
    "talimat komut инструкци указани 指示 指令 命令 プロンプト 지시 명령 تعليمات أوامر הוראות"
)
_OTHER_SCRIPT = re.compile("[\u0370-\u1fff\u2c00-\ud7ff\uf900-\ufdff]")
_LATIN_STEMS = tuple(stem for stem in _INSTRUCTION_STEMS if not _OTHER_SCRIPT.search(stem))
_OTHER_STEMS = tuple(stem for stem in _INSTRUCTION_STEMS if _OTHER_SCRIPT.search(stem))
_INSTRUCTIONS = f"(?:{'|'.join(_INSTRUCTION_STEMS)})"

# Words and marks of which a sentence of a form has at least one: most forms are not even tried on it.
_IGNORING = "ignore disregard forget override overlook bypass discard skip follow obey"
_SPEAKING = "say print output reply respond answer return repeat echo type write display emit produce generate replying responding"
_MACHINES = (
    "ai ais llm llms gpt gpts model models system systems agent agents assistant assistants bot bots chatbot chatbots chatgpt "
    "chatgpts summarizer summarizers summariser summarisers tool tools reader readers"
)
_MACHINES_AND_JUDGES = f"{_MACHINES} reviewer expert recruiter evaluator grader moderator"
_FIELDS = (
    "label score stance framing verdict classification sentiment confidence evidence summary headline support intensity"
)

_ANSWERS = (
    "answer answers response responses reply replys output outputs summary summarys solution solutions completion "
    "completions translation translations analysis analysiss report reports verdict verdicts"
)
_SECRETS = (
    "domain password passwords passphrase passphrases pass secret access magic code codeword keyword important username "
    "usernames fine-tune fine-tuning finetune finetuning"
)
# Any text in another language than English may have that pattern: whether it may is told by its own stems.
_OTHER_LANGUAGES = ""

_FORMS: tuple[tuple[InjectionKind, str, str], ...] = (
    ("override", _OTHER_LANGUAGES, rf"{_IGNORE}.{{0,60}}{_INSTRUCTIONS}|{_INSTRUCTIONS}.{{0,60}}{_IGNORE}"),
    ("forged_delimiter", "{ < [", r"\{\{.{1,60}?\}\}|<!--|\[/\w{2,20}\]|</?(?:article|task|note|rules?|example|answer)>"),
    ("forged_answer", "verdict label stance classification framing", r"^\W*(?:final )?(?:verdict|label|stance|classification|framing) ?[:=]"),
    (
        "override",
        _IGNORING,
        rf"\b(?:ignore|disregard|forget|override|overlook|bypass|discard|skip|do not (?:follow|obey)|don't (?:follow|obey))"
        rf" (?:\w+[ ,]+){{0,5}}?(?:{_BEFORE} (?:\w+ ){{0,2}}?{_ORDERS}\b|(?:your|all|any|these|those|such)"
        rf" (?:\w+ ){{0,2}}?(?:instructions?|prompts?|directives?|directions|guidelines)\b|what you(?:'ve| have| were)\b)",
    ),
    (
        "override",
        _IGNORING,
        rf"{START}(?:ignore|disregard|forget|override|skip|discard) (?:\w+[ ,]+){{0,4}}?(?:instructions?|prompts?|above|below"
        r"|previous|rest of|other (?:text|parts?|rules)|input|rules|info|information|that (?:second|first|last) part)\b",
    ),
    ("override", "instructions directives prompt", r"\b(?:new|updated|real|actual|final) (?:system )?(?:instructions|directives|prompt)\b ?(?:follow|below|:|are)"),
    ("override", "prompt prompts instruction instructions directive directives", r"\b(?:above|previous|earlier|preceding|old) (?:prompts?|instructions?|directives?)\b.{0,30}\b(?:was|were|are|is)\b"),
    ("override", "your", r"\b(?:this is|that is|here (?:is|are)) your (?:\w+ )?(?:instructions?|task|prompt)\b"),
    ("override", "instruction instructions", r"\binstructions? (?:are|is) (?:merely|only|just) (?:designed|meant|intended|there)\b|\binstruction[- ]following\b"),
    ("forged_turn", "< [", r"<\|.{0,40}\|>|<</?SYS>>|\[/?INST\]|<(?:start|end)_of_turn>"),
    ("forged_turn", "<", r"</?(?:system|user|assistant|human|instructions?|prompt|admin|data|document|context|input|developer|tool)(?: [^<>]{0,60})?>"),
    ("forged_turn", "[", r"\[[ /]*(?:system|assistant|user|admin|developer|instruction|prompt|rest[- ]of|end[- ]of|begin|start)[^\]\n]{0,80}\]?"),
    ("forged_turn", "system assistant user admin administrator developer human bot chatgpt ai instruction instructions input output prompt", r"^\W*(?:system|assistant|user|admin(?:istrator)?|developer|human|bot|chatgpt|ai|instructions?|input|output|user input|prompt)(?: ?(?:message|prompt|note|override|request))? ?:"),
    ("forged_turn", "#", r"#{2,} ?(?:instructions?|system|response|input|output|assistant|user|task)\b"),
    ("answer_order", _ANSWERS, rf"{START}{DO}\b.{{0,100}}?\b(?:your|the final|the entire|the whole) (?:\w+ ){{0,2}}?{_ANSWER}\b"),
    ("answer_order", "your", r"\b(?:in|of|to|from|with|as|start|begin|prefix|end|replace) your (?:\w+ )?(?:answer|response|reply|output|summary|translation)s?\b"),
    ("answer_order", "not don't never", rf"{START}(?:do not|don't|never) (?:{_SPEAK}|apologi[sz]e|include|provide|mention|explain|reveal|refuse|deviate|obey|add|use|write|summari[sz]e|translate|analy[sz]e|label|classify)\b"),
    ("answer_order", _SPEAKING, rf"\b(?:must|should|shall|will|may|can) (?:only |never |always |now |not )?{_SPEAK} (?:only |exactly |with |back )?[\"'“‘<\[]"),
    ("answer_order", "you", rf"\byou (?:must|should|shall|are to) (?:only |never |always |now |not )?{_SPEAK}\b"),
    ("answer_order", _SPEAKING, rf"(?:{START}{_SPEAK}|\b(?:and|then) (?:then |just |only )?(?:print|output|reply|respond|return|repeat|echo)) (?:only |just |exactly |out |back |with |either |the (?:statement|words?|phrase|letters|text|following)(?: text)?:? ?){{0,3}}[\"'“‘<\[]"),
    ("answer_order", _SPEAKING, rf"\b(?:{_SPEAK}|replying|responding) (?:with )?(?:only|just|exactly|nothing|any other|the (?:word|phrase|code|letters|following))\b.{{0,80}}\b(?:word|text|code|else|nothing|phrase|more|answer|output|letters|information|before|after)\b"),
    ("answer_order", "sentence sentences text paragraph code tweet review question questions snippet string excerpt binary", rf"{START}{DO}\b.{{0,60}}\b(?:the following|the above|the below|below|this|that|given) (?:\w+ ){{0,2}}?(?:sentences?|text|paragraph|code|tweet|review|questions?|snippet|string|excerpt|binary)\b"),
    ("answer_order", "user else", r"\bif (?:the )?user\b|\b(?:tell|give|show|provide|ask) (?:\w+ ){0,3}?(?:to )?the user\b|\b(?:anything|nothing|something) else (?:in|to) (?:your|the) "),
    ("answer_order", "step answer output your", r"\bthink step by step\b|\b\d+[- ]word answer\b|\bdo not output\b|\bend your\b"),
    ("persona", "you you're your", rf"\byou(?: are|'re|r role is) (?:now |no longer |from now on )?(?:to act as |acting as |going to be )?(?:an? )?(?:\w+ ){{0,3}}?(?:{_MACHINE}|interpreter|terminal|bot|copilot|translator|code|computer)\b"),
    ("persona", "you", r"\bi(?: want|'d like| would like| need) you (?:to )?(?:\w+)\b|\bfrom now on,? you\b|\byou may now\b"),
    ("persona", "act behave respond answer role roleplay role-play", rf"{START}(?:act|behave|respond|answer|take the role|play the role|assume the role|roleplay|role-play)\b (?:\w+ ){{0,2}}?(?:as|like|of) an? "),
    ("addressed_to_model", _MACHINES, rf"\b{_MACHINE},? (?:who |that |which )?(?:reading|processing|summari[sz]ing|analy[sz]ing|evaluating|reviewing|is reading|are reading|reads?)\b.{{0,40}}\b(?:this|it)\b"),
    ("addressed_to_model", _MACHINES, rf"\b(?:note|message|notice|instructions?|profile|warning|attention|reminder|directive|for) (?:to|for|by)? ?(?:the |any |all |an )?(?:\w+ )?{_MACHINE}\b ?:"),
    ("addressed_to_model", _MACHINES_AND_JUDGES, rf"^\W*(?:hidden|secret|internal|confidential|note|message|profile)\b.{{0,60}}\b(?:to|for|by) (?:the |any |all |an? )?(?:\w+ ){{0,2}}?(?:{_MACHINE}|reviewer|expert|recruiter|evaluator|grader|moderator)\b.{{0,30}}:"),
    ("addressed_to_model", _MACHINES, rf"{START}(?:dear )?{_MACHINE} ?[,:] ?(?:please |you |do |never |always )?"),
    ("prompt_request", "your system instructions", r"\b(?:repeat|reveal|show|print|tell|output|disclose|give|share|display|recite|translate|summari[sz]e|what (?:is|are|were))\b.{0,60}\b(?:your (?:\w+ ){0,3}(?:prompts?|instructions|system message|rules|access code|password|configuration)|system prompt|instructions (?:you were )?given)\b"),
    ("prompt_request", "you", r"\bwhat you (?:should|would|will|were told to) (?:say|output|answer)\b|\bwhat do you say when\b"),
    ("forged_answer", _FIELDS, r"[\"']?(?:label|score|stance|framing|verdict|classification|sentiment|confidence|evidence|summary|headline|support|intensity)[\"']? ?[:=] ?(?:[\"'\[{]|[-+]?\d|(?:domination|desperation|mixed|neither|positive|negative)\b)"),
    ("forged_answer", "label classify rate mark score tag code treat describe report frame summarise summarize judge assess", rf"\b(?:label|classify|rate|mark|score|tag|code|treat|describe|report|frame|summari[sz]e|judge|assess) {_THIS} (?:\w+ )?(?:as|with|to|only|in)\b"),
    ("forged_answer", "label answer classification score verdict stance", r"\b(?:correct|right|true|final|expected|proper) (?:label|answer|classification|score|verdict|stance)\b.{0,20}\b(?:is|must be|should be|=)"),
    ("planted_fact", _SECRETS, r"\bthe (?:\w+ )?(?:domain(?: name)?|password|pass ?phrase|secret (?:code|key|word|\w+)|access code|magic word|code ?word|keyword) (?:is|has been|was)\b.{0,40}[\"'“‘:!]|\b\w+ important,? \w+ important\b|^\W*(?:password|pass ?phrase|username|access (?:denied|granted))\w*\W*$|\bpassword\d+\b|\bfine-?tun(?:e|ing) (?:a|an|the|this|your) model\b"),
    ("forged_delimiter", "end begin start input log instruction instructions", r"^[ \t]*(?:[=*#_~%<>-]{3,}).{0,60}\b(?:end of|begin|start of|end|input|log|instructions?)\b|^[ \t]*(?:end|begin|start) (?:of )?(?:\w+ ){0,2}(?:instructions?|input|data|article|text|document|prompt|context|sentence|passphrase|log)\b"),
    ("forged_delimiter", "= ` <", r"^[ \t]*={4,}|```|^[ \t]*<[^<>\n]{3,80}>[ \t]*$"),
    ("code", "( = : import return subprocess", r"^\s*(?:import \w+(?:[.,]|\s*$)|from \w+ import |def \w+\(|class \w+[:(]|while True:|for \w+ in .{1,40}:$|return \w+$|\w+ = [\w\"'\[({])|[\"']\.join\(|\b\w+\.\w+\([\"'\[]|\bprint\(|\bsubprocess\b"),
)  # fmt: skip
# No form is without one of these: most sentences of an article are done with at a glance.
_TRIGGERS = word_set(
    "ignore disregard forget override overlook bypass discard skip follow obey instruction instructions prompt prompts directive "
    "directives directions user system assistant admin administrator developer human bot chatgpt ai llm gpt "
    "model models chatbot chat label classify rate mark score tag code treat describe frame judge assess stance framing verdict "
    "classification sentiment confidence evidence summary headline support intensity print output reply respond answer return "
    "repeat echo type write display emit produce generate following above below text sentence reading summarizer "
    "summariser summarizing summarising automated screening annotation hidden secret internal confidential note message profile "
    "correct expected important password passphrase pass domain access magic codeword keyword act behave role roleplay act "
    "responding replying step word import def class subprocess end begin start say context document data input tool rest "
    "denied granted username fine-tune finetune fine-tuning recruiter reviewer expert evaluator grader moderator warning notice attention reminder final right proper true pass passphrases "
    "ignoriere ignorieren ignorier vergiss vergessen missachte ignora ignorad ignoren ignorez ignorer oubliez oublie oublier "
    "négligez olvida olvide descarta dimentica ignorate trascura esqueça desconsidere negeer vergeet zignoruj pomiń zapomnij"
)
# Many a reader is addressed: these are a trigger only beside a verb that an answer can be ordered with.
_SECOND_PERSON = word_set("you your you're not never don't")
_VERBS = frozenset(re.sub(r"[\W]+", " ", DO.replace("(?:", " ").replace("[sz]", "s")).split()) | word_set(
    "act acting now want need like must should shall end obey"
)
# Each of these begins with one class of characters, which the regex engine looks for fast.
_MARKUP = re.compile(
    r"[<\[{#=`(&%*~_>\"'\u0250-\u1fff\u20d0-\U0010ffff-]"
    r"(?:(?<=[<\[{#=`(&\u0250-\u1fff\u20d0-\U0010ffff])|(?<=[%*~_>-])[%*~_>-]{2}|(?<=[\"']):)"
)
_Pattern = tuple[InjectionKind, frozenset[str], tuple[str, ...], re.Pattern[str]]
PATTERNS: tuple[_Pattern, ...] = tuple(
    (
        kind,
        frozenset(need for need in word_list(needs) if need[0].isalpha()),
        tuple(need for need in word_list(needs) if not need[0].isalpha()),
        re.compile(pattern, re.IGNORECASE | re.MULTILINE),
    )
    for kind, needs, pattern in _FORMS
)
# What a compound word is made of: "fine-tune", "you're", and what no blank stands in ("now.Ignore").
_PARTS = re.compile(r"['’.-]")
# Words for the reading of a text by a machine: where nothing else in an article is about them, they are no part of it.
_MACHINE_WORDS = word_set(
    "ai llm llms assistant assistants chatbot chatbots model models machine machines software machine-readable automated "
    "analyst tool tools reader readers summarizer summarisation summarization analyses analysis annotator coder terminal "
    "label labels classification classify classified confidence framing stance rationale headline evidence quote quotes "
    "quotation summary summaries summarise summarised summarize summarized verdict score scored answer reply output desperation domination "
    "article text paragraph paragraphs sentence sentences line lines page pages document conversation story piece "
    "instruction instructions prompt prompts task tasks rules rule guidance restriction restrictions direction directions directive "
    "code codes decode base64 rot13 tag tags field ignore disregard pretend imagine simulate game spokesman told "
    "praise repeat repeats mention rate describe treat report processing analyse analyze subject strength strongest"
)
_DIRECTIVE = re.compile(
    rf"{START}(?:{DO}|abandon|attribute|choose|copy|consider|imagine|let (?:us|'s)|pay|pretend|quote|select|set|simulate|stop|suppose|wait|write)\b"
    r"|\b(?:must|should|shall|ha(?:s|ve) to|cannot|is to|are to|obliged|required|asked to|no longer|supposed|say so|only|any longer|no matter)\b"
    r"|\b(?:please|would you|could you|grateful|you|your|yourself|we ask|let us|in force)\b|\bapply any\b",
    re.IGNORECASE,
)


class LoweredSentence(Protocol):
    """A sentence of a text, and its words in lower case."""

    text: str

    @property
    def lower(self) -> frozenset[str]:
        """Return its words in lower case."""


class PatternMatcher:
    """Literal prefilter of a whole text: it tells where a pattern may match at all, which in most texts is nowhere."""

    def __init__(self, text: PreparedText) -> None:
        self._text = text
        words = text.words.vocabulary | _parts(text.words.compounds)
        self.is_encoded = may_be_encoded(text)
        patterns = PATTERNS if _may_instruct_elsewhere(text, words) else PATTERNS[1:]
        self.patterns = tuple(each for each in patterns if _may_match(each, words, text.text))
        self.mentions_models = len(words & _MACHINE_WORDS) > 1

    def candidates(self) -> list[int]:
        """Return the offsets of words and marks without which no pattern matches, in no order."""
        words = self._text.words
        needs = _TRIGGERS if words.vocabulary.isdisjoint(_SECOND_PERSON) else _TRIGGERS | _SECOND_PERSON
        compounds = [word for word in words.compounds if not needs.isdisjoint(_PARTS.split(word))]
        triggers = (words.vocabulary & needs).union(compounds)
        places = [words.starts[at] for at, word in enumerate(words.lower) if word in triggers] if triggers else []
        return places + [match.start() for match in _MARKUP.finditer(self._text.text)]

    def machine_word_places(self) -> list[int]:
        """Return the offsets of words for the reading of a text by a machine."""
        words = self._text.words
        return [words.starts[at] for at, word in enumerate(words.lower) if word in _MACHINE_WORDS]

    def classify(self, sentence: LoweredSentence) -> InjectionKind | None:
        """Return the form of instruction that a sentence has, whatever the article is about, or None."""
        if self.is_encoded and is_encoded(sentence.text):
            return "encoded"
        if not (_may_instruct(sentence.lower) or _MARKUP.search(sentence.text)):
            return None
        words, text = _with_parts(sentence.lower), sentence.text
        matches = (each[0] for each in self.patterns if _may_match(each, words, text) and each[3].search(text))
        return next(matches, None)


def _may_match(pattern: _Pattern, words: AbstractSet[str], text: str) -> bool:
    """Tell whether a text has one of the words or marks that a pattern needs."""
    _, needs, marks, _ = pattern
    if not (needs or marks):
        return True
    return not needs.isdisjoint(words) or any(mark in text for mark in marks)


def _may_instruct_elsewhere(text: PreparedText, words: AbstractSet[str]) -> bool:
    """Tell whether a text has a word for instructions of a language that is written much."""
    told = "\n".join(words)
    if any(stem in told for stem in _LATIN_STEMS):
        return True
    return _OTHER_SCRIPT.search(text.text) is not None and any(stem in text.text.lower() for stem in _OTHER_STEMS)


def _with_parts(words: frozenset[str]) -> frozenset[str]:
    """Return the words, and what the compound ones are made of."""
    return words | _parts([word for word in words if not word.isalpha()])


def _parts(compounds: Iterable[str]) -> frozenset[str]:
    return frozenset([part for word in compounds for part in _PARTS.split(word)])


def _may_instruct(words: AbstractSet[str]) -> bool:
    if not _TRIGGERS.isdisjoint(words):
        return True
    return not (_SECOND_PERSON.isdisjoint(words) or _VERBS.isdisjoint(words))


def machine_words(sentence: LoweredSentence) -> frozenset[str]:
    """Return the words of an order, a rule or an address that are about the reading of a text by a machine."""
    words = _with_parts(sentence.lower) & _MACHINE_WORDS
    return words if len(words) > 1 and _DIRECTIVE.search(sentence.text) else frozenset()
