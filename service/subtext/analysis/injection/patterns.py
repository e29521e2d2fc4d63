# ruff: noqa: E501, ISC004 - a pattern on a line reads better than wrapped
"""Injection patterns: what a sentence looks like that speaks to a machine instead of to a reader.

Each pattern is tried on one sentence of at most 1,000 characters, and reaches over a bounded number of characters in
it: the time is linear in the text, whatever it holds. They name forms (an order about the answer, a forged turn of a
chat, a claim to be the system), not the words of known attacks.
"""

from __future__ import annotations

import re
from itertools import chain, compress
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, Self

from subtext.analysis.injection.encoded_text import is_encoded, may_be_encoded
from subtext.domain.text.word_lists import word_list, word_set

if TYPE_CHECKING:
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

# Words and marks that a sentence of a form has, at least one of each group (parted by "&"; the rarest group comes first):
# most forms are not even tried on it.
_IGNORING = "ignore disregard forget override overlook bypass discard skip follow obey"
_SPOKEN = "say print output reply respond answer return repeat echo type write display emit produce generate"
_SPEAKING = f"{_SPOKEN} replying responding"
_FORBIDDEN = (
    "apologise apologize include provide mention explain reveal refuse deviate obey add use summarise summarize translate analyse "
    "analyze label classify"
)
_DOING = re.sub(
    r"\W+",
    " ",
    re.sub(r"\w+\[sz]\w+", lambda verb: f"{verb[0]} {verb[0].replace('[sz]', 'z')}", DO).replace("[sz]", "s"),
)
_ORDERED = (
    "instruction instructions direction directions directive directives prompt prompts command commands guideline guidelines rule "
    "rules orders context message messages text input inputs data content question questions task tasks sentence sentences "
    "information info everything anything"
)
_TEXTS = (
    "article articles text texts document documents page pages data datas content contents email emails e-mail e-mails message "
    "messages file files"
)
_QUOTES = "\" ' “ ‘"
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
    ("forged_answer", "verdict label stance classification framing & : =", r"^\W*(?:final )?(?:verdict|label|stance|classification|framing) ?[:=]"),
    (
        "override",
        f"{_IGNORING} & {_ORDERED} you",
        rf"\b(?:ignore|disregard|forget|override|overlook|bypass|discard|skip|do not (?:follow|obey)|don't (?:follow|obey))"
        rf" (?:\w+[ ,]+){{0,5}}?(?:{_BEFORE} (?:\w+ ){{0,2}}?{_ORDERS}\b|(?:your|all|any|these|those|such)"
        rf" (?:\w+ ){{0,2}}?(?:instructions?|prompts?|directives?|directions|guidelines)\b|what you(?:'ve| have| were)\b)",
    ),
    (
        "override",
        f"{_IGNORING} & instruction instructions prompt prompts above below previous rest text part parts input rules info information",
        rf"{START}(?:ignore|disregard|forget|override|skip|discard) (?:\w+[ ,]+){{0,4}}?(?:instructions?|prompts?|above|below"
        r"|previous|rest of|other (?:text|parts?|rules)|input|rules|info|information|that (?:second|first|last) part)\b",
    ),
    ("override", "instructions directives prompt & new updated real actual final", r"\b(?:new|updated|real|actual|final) (?:system )?(?:instructions|directives|prompt)\b ?(?:follow|below|:|are)"),
    ("override", "prompt prompts instruction instructions directive directives & above previous earlier preceding old & was were are is", r"\b(?:above|previous|earlier|preceding|old) (?:prompts?|instructions?|directives?)\b.{0,30}\b(?:was|were|are|is)\b"),
    ("override", "instruction instructions task prompt & your", r"\b(?:this is|that is|here (?:is|are)) your (?:\w+ )?(?:instructions?|task|prompt)\b"),
    ("override", "instruction instructions & merely only just following", r"\binstructions? (?:are|is) (?:merely|only|just) (?:designed|meant|intended|there)\b|\binstruction[- ]following\b"),
    ("forged_turn", "< [", r"<\|.{0,40}\|>|<</?SYS>>|\[/?INST\]|<(?:start|end)_of_turn>"),
    ("forged_turn", "<", r"</?(?:system|user|assistant|human|instructions?|prompt|admin|data|document|context|input|developer|tool)(?: [^<>]{0,60})?>"),
    ("forged_turn", "[", r"\[[ /]*(?:system|assistant|user|admin|developer|instruction|prompt|rest[- ]of|end[- ]of|begin|start)[^\]\n]{0,80}\]?"),
    ("forged_turn", "system assistant user admin administrator developer human bot chatgpt ai instruction instructions input output prompt & :", r"^\W*(?:system|assistant|user|admin(?:istrator)?|developer|human|bot|chatgpt|ai|instructions?|input|output|user input|prompt)(?: ?(?:message|prompt|note|override|request))? ?:"),
    ("forged_turn", "#", r"#{2,} ?(?:instructions?|system|response|input|output|assistant|user|task)\b"),
    ("answer_order", f"{_ANSWERS} & your final entire whole & {_DOING}", rf"{START}{DO}\b.{{0,100}}?\b(?:your|the final|the entire|the whole) (?:\w+ ){{0,2}}?{_ANSWER}\b"),
    ("answer_order", f"{_ANSWERS} & your", r"\b(?:in|of|to|from|with|as|start|begin|prefix|end|replace) your (?:\w+ )?(?:answer|response|reply|output|summary|translation)s?\b"),
    ("answer_order", f"{_SPOKEN} {_FORBIDDEN} & not don't never", rf"{START}(?:do not|don't|never) (?:{_SPEAK}|apologi[sz]e|include|provide|mention|explain|reveal|refuse|deviate|obey|add|use|write|summari[sz]e|translate|analy[sz]e|label|classify)\b"),
    ("answer_order", f"{_SPEAKING} & must should shall will may can & {_QUOTES} < [", rf"\b(?:must|should|shall|will|may|can) (?:only |never |always |now |not )?{_SPEAK} (?:only |exactly |with |back )?[\"'“‘<\[]"),
    ("answer_order", f"{_SPOKEN} & you & must should shall are", rf"\byou (?:must|should|shall|are to) (?:only |never |always |now |not )?{_SPEAK}\b"),
    ("answer_order", f"{_SPEAKING} & {_QUOTES} < [", rf"(?:{START}{_SPEAK}|\b(?:and|then) (?:then |just |only )?(?:print|output|reply|respond|return|repeat|echo)) (?:only |just |exactly |out |back |with |either |the (?:statement|words?|phrase|letters|text|following)(?: text)?:? ?){{0,3}}[\"'“‘<\[]"),
    ("answer_order", f"{_SPEAKING} & only just exactly nothing other word phrase code letters following & word text code else nothing phrase more answer output letters information before after", rf"\b(?:{_SPEAK}|replying|responding) (?:with )?(?:only|just|exactly|nothing|any other|the (?:word|phrase|code|letters|following))\b.{{0,80}}\b(?:word|text|code|else|nothing|phrase|more|answer|output|letters|information|before|after)\b"),
    ("answer_order", f"sentence sentences text paragraph code tweet review question questions snippet string excerpt binary & following above below this that given & {_DOING}", rf"{START}{DO}\b.{{0,60}}\b(?:the following|the above|the below|below|this|that|given) (?:\w+ ){{0,2}}?(?:sentences?|text|paragraph|code|tweet|review|questions?|snippet|string|excerpt|binary)\b"),
    ("answer_order", "user else & if tell give show provide ask anything nothing something", r"\bif (?:the )?user\b|\b(?:tell|give|show|provide|ask) (?:\w+ ){0,3}?(?:to )?the user\b|\b(?:anything|nothing|something) else (?:in|to) (?:your|the) "),
    ("answer_order", "step answer output your & by word not end", r"\bthink step by step\b|\b\d+[- ]word answer\b|\bdo not output\b|\bend your\b"),
    ("persona", f"{_MACHINES} interpreter terminal copilot translator code computer & you you're your & are re role", rf"\byou(?: are|'re|r role is) (?:now |no longer |from now on )?(?:to act as |acting as |going to be )?(?:an? )?(?:\w+ ){{0,3}}?(?:{_MACHINE}|interpreter|terminal|bot|copilot|translator|code|computer)\b"),
    ("persona", "want like need now & you", r"\bi(?: want|'d like| would like| need) you (?:to )?(?:\w+)\b|\bfrom now on,? you\b|\byou may now\b"),
    ("persona", "act behave respond answer role roleplay role-play & as like of & a an", rf"{START}(?:act|behave|respond|answer|take the role|play the role|assume the role|roleplay|role-play)\b (?:\w+ ){{0,2}}?(?:as|like|of) an? "),
    ("addressed_to_model", f"{_MACHINES} & reading processing summarising summarizing analysing analyzing evaluating reviewing read reads & this it", rf"\b{_MACHINE},? (?:who |that |which )?(?:reading|processing|summari[sz]ing|analy[sz]ing|evaluating|reviewing|is reading|are reading|reads?)\b.{{0,40}}\b(?:this|it)\b"),
    ("addressed_to_model", f"{_MACHINES} & : & note message notice instruction instructions profile warning attention reminder directive for", rf"\b(?:note|message|notice|instructions?|profile|warning|attention|reminder|directive|for) (?:to|for|by)? ?(?:the |any |all |an )?(?:\w+ )?{_MACHINE}\b ?:"),
    ("addressed_to_model", f"{_MACHINES_AND_JUDGES} & : & hidden secret internal confidential note message profile", rf"^\W*(?:hidden|secret|internal|confidential|note|message|profile)\b.{{0,60}}\b(?:to|for|by) (?:the |any |all |an? )?(?:\w+ ){{0,2}}?(?:{_MACHINE}|reviewer|expert|recruiter|evaluator|grader|moderator)\b.{{0,30}}:"),
    ("addressed_to_model", f"{_MACHINES} & , :", rf"{START}(?:dear )?{_MACHINE} ?[,:] ?(?:please |you |do |never |always )?"),
    ("prompt_request", "prompt prompts instructions message rules code password configuration & your system instructions & repeat reveal show print tell output disclose give share display recite translate summarise summarize what", r"\b(?:repeat|reveal|show|print|tell|output|disclose|give|share|display|recite|translate|summari[sz]e|what (?:is|are|were))\b.{0,60}\b(?:your (?:\w+ ){0,3}(?:prompts?|instructions|system message|rules|access code|password|configuration)|system prompt|instructions (?:you were )?given)\b"),
    ("prompt_request", "say output answer & what & you", r"\bwhat you (?:should|would|will|were told to) (?:say|output|answer)\b|\bwhat do you say when\b"),
    ("forged_answer", f"{_FIELDS} & : =", r"[\"']?(?:label|score|stance|framing|verdict|classification|sentiment|confidence|evidence|summary|headline|support|intensity)[\"']? ?[:=] ?(?:[\"'\[{]|[-+]?\d|(?:domination|desperation|mixed|neither|positive|negative)\b)"),
    ("forged_answer", f"label classify rate mark score tag code treat describe report frame summarise summarize judge assess & {_TEXTS} & as with to only in", rf"\b(?:label|classify|rate|mark|score|tag|code|treat|describe|report|frame|summari[sz]e|judge|assess) {_THIS} (?:\w+ )?(?:as|with|to|only|in)\b"),
    ("forged_answer", "label answer classification score verdict stance & correct right true final expected proper", r"\b(?:correct|right|true|final|expected|proper) (?:label|answer|classification|score|verdict|stance)\b.{0,20}\b(?:is|must be|should be|=)"),
    ("planted_fact", f"{_SECRETS} & is has was & {_QUOTES} : !", r"\bthe (?:\w+ )?(?:domain(?: name)?|password|pass ?phrase|secret (?:code|key|word|\w+)|access code|magic word|code ?word|keyword) (?:is|has been|was)\b.{0,40}[\"'“‘:!]"),
    ("planted_fact", "important", r"\b\w+ important,? \w+ important\b"),
    ("planted_fact", _SECRETS, r"^\W*(?:password|pass ?phrase|username|access (?:denied|granted))\w*\W*$|\bpassword\d+\b|\bfine-?tun(?:e|ing) (?:a|an|the|this|your) model\b"),
    ("forged_delimiter", "end begin start input log instruction instructions", r"^[ \t]*(?:[=*#_~%<>-]{3,}).{0,60}\b(?:end of|begin|start of|end|input|log|instructions?)\b|^[ \t]*(?:end|begin|start) (?:of )?(?:\w+ ){0,2}(?:instructions?|input|data|article|text|document|prompt|context|sentence|passphrase|log)\b"),
    ("forged_delimiter", "==== ``` <", r"^[ \t]*={4,}|```|^[ \t]*<[^<>\n]{3,80}>[ \t]*$"),
    ("code", "import return", r"^\s*(?:import \w+(?:[.,]|\s*$)|from \w+ import |return \w+$)"),
    ("code", "def class while for & ( :", r"^\s*(?:def \w+\(|class \w+[:(]|while True:|for \w+ in .{1,40}:$)"),
    ("code", "=", r"^\s*\w+ = [\w\"'\[({]"),
    ("code", "( subprocess", r"[\"']\.join\(|\bprint\(|\bsubprocess\b"),
    ("code", "(\" (' ([", r"\b\w+\.\w+\([\"'\[]"),
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


class Need(NamedTuple):
    """Words and marks of which a sentence has at least one if a pattern matches it."""

    words: frozenset[str]
    marks: tuple[str, ...]

    @classmethod
    def parse(cls, line: str) -> Self:
        """Parse words and marks that are parted by blanks."""
        needs = word_list(line)
        return cls(
            frozenset([each for each in needs if each[0].isalpha()]),
            tuple(each for each in needs if not each[0].isalpha()),
        )


class Pattern(NamedTuple):
    """Pair a form of instruction with what it needs and the expression that decides."""

    kind: InjectionKind
    needs: tuple[Need, ...]
    form: re.Pattern[str]

    def may_match(self, words: AbstractSet[str], text: str) -> bool:
        """Tell whether a text, with its words in lower case, has what the pattern needs."""
        for needed, marks in self.needs:
            if needed.isdisjoint(words) and not (marks and any(mark in text for mark in marks)):
                return False
        return True


PATTERNS: tuple[Pattern, ...] = tuple(
    Pattern(
        kind,
        tuple(map(Need.parse, needs.split(" & "))) if needs else (),
        re.compile(pattern, re.IGNORECASE | re.MULTILINE),
    )
    for kind, needs, pattern in _FORMS
)
# What a compound word is made of: "fine-tune", "you're", "password123", and what no blank stands in ("now.Ignore").
_PARTS = re.compile(r"['’.-]|(?<=[a-z])(?=\d)")
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
        self._parts = {word: _PARTS.split(word) for word in text.words.compounds}
        self._compounds = text.words.compounds
        words = text.words.vocabulary.union(*self._parts.values())
        self.is_encoded = may_be_encoded(text)
        patterns = PATTERNS if _may_instruct_elsewhere(text) else PATTERNS[1:]
        self.patterns = tuple([each for each in patterns if each.may_match(words, text.text)])
        self.mentions_models = len(words & _MACHINE_WORDS) > 1
        # The patterns by the words of their rarest need, and those that a sentence without any of these may match.
        self._by_word: dict[str, list[int]] = {}
        self._by_mark = [number for number, each in enumerate(self.patterns) if not each.needs or each.needs[0].marks]
        for number, each in enumerate(self.patterns):
            for word in each.needs[0].words & words if each.needs else ():
                self._by_word.setdefault(word, []).append(number)
        self._named = frozenset(self._by_word)

    def candidates(self) -> list[int]:
        """Return the offsets of words and marks without which no pattern matches, in no order."""
        text = self._text.text
        needs = [self.patterns[number].needs for number in self._by_mark]
        marks = frozenset(chain.from_iterable([need[0].marks for need in needs if need]))
        places = [match.start() for mark in marks for match in re.finditer(re.escape(mark), text)]
        words = self._named
        if () in needs:
            words |= _TRIGGERS | _SECOND_PERSON
            places += [match.start() for match in _MARKUP.finditer(text)]
        return places + self._places(words)

    def machine_word_places(self) -> list[int]:
        """Return the offsets of words for the reading of a text by a machine."""
        return self._places(_MACHINE_WORDS)

    def _places(self, needs: frozenset[str]) -> list[int]:
        """Return the offsets of the words that are among some, or have a part that is."""
        words = self._text.words
        compounds = [word for word, parts in self._parts.items() if not needs.isdisjoint(parts)]
        sought = (words.vocabulary & needs).union(compounds)
        return list(compress(words.starts, map(sought.__contains__, words.lower))) if sought else []

    def classify(self, sentence: LoweredSentence) -> InjectionKind | None:
        """Return the form of instruction that a sentence has, whatever the article is about, or None."""
        if self.is_encoded and is_encoded(sentence.text):
            return "encoded"
        words, text = self._with_parts(sentence.lower), sentence.text
        named = [self._by_word[word] for word in words & self._named]
        numbers = [*self._by_mark, *chain.from_iterable(named)]
        for number in sorted(set(numbers)):
            pattern = self.patterns[number]
            if pattern.may_match(words, text) and pattern.form.search(text):
                return pattern.kind if _may_instruct(words) or _MARKUP.search(text) else None
        return None

    def machine_words(self, sentence: LoweredSentence) -> frozenset[str]:
        """Return the words of a sentence that are about the reading of a text by a machine."""
        return self._with_parts(sentence.lower) & _MACHINE_WORDS

    def _with_parts(self, words: frozenset[str]) -> frozenset[str]:
        """Return words of the text, and what the compound ones are made of."""
        compounds = words & self._compounds
        return words.union(*[self._parts[word] for word in compounds]) if compounds else words


def _may_instruct_elsewhere(text: PreparedText) -> bool:
    """Tell whether a text has a word for instructions of a language that is written much."""
    told = "\n".join(text.words.vocabulary)
    if any(stem in told for stem in _LATIN_STEMS):
        return True
    if _OTHER_SCRIPT.search(text.unusual) is None:
        return False
    told = text.text.lower()
    return any(stem in told for stem in _OTHER_STEMS)


def _may_instruct(words: AbstractSet[str]) -> bool:
    if not _TRIGGERS.isdisjoint(words):
        return True
    return not (_SECOND_PERSON.isdisjoint(words) or _VERBS.isdisjoint(words))


def may_direct(text: str) -> bool:
    """Tell whether a sentence may be an order, a rule or an address."""
    return _DIRECTIVE.search(text) is not None
