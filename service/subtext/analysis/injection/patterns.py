# ruff: noqa: E501, ISC004 - a pattern on a line reads better than wrapped
"""Injection patterns: what a sentence looks like that speaks to a machine instead of to a reader.

Each pattern is tried on one sentence of at most 1,000 characters, and reaches over a bounded number of characters in
it: the time is linear in the text, whatever it holds. They name forms (an order about the answer, a forged turn of a
chat, a claim to be the system), not the words of known attacks.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, Self

from subtext.domain.text.words import word_list

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
OTHER_SCRIPT = re.compile("[\u0370-\u1fff\u2c00-\ud7ff\uf900-\ufdff]")
LATIN_STEMS = tuple(stem for stem in _INSTRUCTION_STEMS if not OTHER_SCRIPT.search(stem))
OTHER_STEMS = tuple(stem for stem in _INSTRUCTION_STEMS if OTHER_SCRIPT.search(stem))
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
    ("forged_turn", "#", r"(?<!#)#{2,}+ ?(?:instructions?|system|response|input|output|assistant|user|task)\b"),
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
    ("code", "def class while & ( :", r"^\s*(?:def \w+\(|class \w+[:(]|while True:)"),
    ("code", ": & for & in", r"^\s*for \w+ in .{1,40}:$"),
    ("code", "=", r"^\s*\w+ = [\w\"'\[({]"),
    ("code", "( subprocess", r"[\"']\.join\(|\bprint\(|\bsubprocess\b"),
    ("code", "(\" (' ([", r"\b\w+\.\w+\([\"'\[]"),
)  # fmt: skip


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


PATTERNS: tuple[Pattern, ...] = tuple(
    Pattern(
        kind,
        tuple(map(Need.parse, needs.split(" & "))) if needs else (),
        re.compile(pattern, re.IGNORECASE | re.MULTILINE),
    )
    for kind, needs, pattern in _FORMS
)
