# ruff: noqa: E501, ISC004 - a pattern on a line reads better than wrapped
"""Instructions: what a sentence looks like that speaks to a machine instead of to a reader.

Each pattern is tried on one sentence of at most 1,000 characters, and reaches over a bounded number of characters in
it: the time is linear in the text, whatever it holds. They name forms (an order about the answer, a forged turn of a
chat, a claim to be the system), not the words of known attacks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from subtext.analyst.stems import listed

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

Kind = Literal["override", "forged_turn", "answer_order", "persona", "addressed_to_model", "prompt_request", "forged_answer", "planted_fact", "forged_delimiter", "encoded", "code", "hidden_characters"]  # fmt: skip

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
_START = (
    r"^[^\w<{\[]*(?:(?:please|now|also|then|so|but|and|instead|just|simply|first|next|finally|important|attention|note"
    r"|urgent|kindly|always|never|only|hey|oh|ok|okay|good|well|sorry|hidden|new)\b[ ,:;!-]*){0,4}"
)
_SPEAK = r"(?:say|print|output|reply|respond|answer|return|repeat|echo|type|write|display|emit|produce|generate)"
_DO = (
    rf"(?:{_SPEAK}|add|adopt|analy[sz]e|append|apply|assign|begin|calculate|change|classify|compose|compute|conclude"
    r"|convert|create|decode|describe|develop|draft|embed|encode|encrypt|end|execute|explain|finish|focus|format"
    r"|give|identify|include|incorporate|insert|integrate|introduce|label|list|make|mention|paraphrase|prefix|prepend"
    r"|present|provide|put|rate|recite|recommend|remove|rephrase|replace|report|reverse|rewrite|score|send|shift|show|shuffle"
    r"|spell|start|substitute|summari[sz]e|swap|tell|translate|transform|treat|use)"
)

_FORMS: tuple[tuple[Kind, str], ...] = (
    (
        "override",
        rf"\b(?:ignore|disregard|forget|override|overlook|bypass|discard|skip|do not (?:follow|obey)|don't (?:follow|obey))"
        rf" (?:\w+[ ,]+){{0,5}}?(?:{_BEFORE} (?:\w+ ){{0,2}}?{_ORDERS}\b|(?:your|all|any|these|those|such)"
        rf" (?:\w+ ){{0,2}}?(?:instructions?|prompts?|directives?|directions|guidelines)\b|what you(?:'ve| have| were)\b)",
    ),
    (
        "override",
        rf"{_START}(?:ignore|disregard|forget|override|skip|discard) (?:\w+[ ,]+){{0,4}}?(?:instructions?|prompts?|above|below"
        r"|previous|rest of|other (?:text|parts?|rules)|input|rules|info|information|that (?:second|first|last) part)\b",
    ),
    ("override", r"\b(?:new|updated|real|actual|final) (?:system )?(?:instructions|directives|prompt)\b ?(?:follow|below|:|are)"),
    ("override", r"\b(?:above|previous|earlier|preceding|old) (?:prompts?|instructions?|directives?)\b.{0,30}\b(?:was|were|are|is)\b"),
    ("override", r"\b(?:this is|that is|here (?:is|are)) your (?:\w+ )?(?:instructions?|task|prompt)\b"),
    ("override", r"\binstructions? (?:are|is) (?:merely|only|just) (?:designed|meant|intended|there)\b|\binstruction[- ]following\b"),
    ("forged_turn", r"<\|.{0,40}\|>|<</?SYS>>|\[/?INST\]|<(?:start|end)_of_turn>"),
    ("forged_turn", r"</?(?:system|user|assistant|human|instructions?|prompt|admin|data|document|context|input|developer|tool)(?: [^<>]{0,60})?>"),
    ("forged_turn", r"\[[ /]*(?:system|assistant|user|admin|developer|instruction|prompt|rest[- ]of|end[- ]of|begin|start)[^\]\n]{0,80}\]?"),
    ("forged_turn", r"^\W*(?:system|assistant|user|admin(?:istrator)?|developer|human|bot|chatgpt|ai|instructions?|input|output|user input|prompt)(?: ?(?:message|prompt|note|override|request))? ?:"),
    ("forged_turn", r"#{2,} ?(?:instructions?|system|response|input|output|assistant|user|task)\b"),
    ("answer_order", rf"{_START}{_DO}\b.{{0,100}}?\b(?:your|the final|the entire|the whole) (?:\w+ ){{0,2}}?{_ANSWER}\b"),
    ("answer_order", r"\b(?:in|of|to|from|with|as|start|begin|prefix|end|replace) your (?:\w+ )?(?:answer|response|reply|output|summary|translation)s?\b"),
    ("answer_order", rf"{_START}(?:do not|don't|never) (?:{_SPEAK}|apologi[sz]e|include|provide|mention|explain|reveal|refuse|deviate|obey|add|use|write|summari[sz]e|translate|analy[sz]e|label|classify)\b"),
    ("answer_order", rf"\b(?:must|should|shall|will|may|can) (?:only |never |always |now |not )?{_SPEAK} (?:only |exactly |with |back )?[\"'“‘<\[]"),
    ("answer_order", rf"\byou (?:must|should|shall|are to) (?:only |never |always |now |not )?{_SPEAK}\b"),
    ("answer_order", rf"(?:{_START}{_SPEAK}|\b(?:and|then) (?:then |just |only )?(?:print|output|reply|respond|return|repeat|echo)) (?:only |just |exactly |out |back |with |either |the (?:statement|words?|phrase|letters|text|following)(?: text)?:? ?){{0,3}}[\"'“‘<\[]"),
    ("answer_order", rf"\b(?:{_SPEAK}|replying|responding) (?:with )?(?:only|just|exactly|nothing|any other|the (?:word|phrase|code|letters|following))\b.{{0,80}}\b(?:word|text|code|else|nothing|phrase|more|answer|output|letters|information|before|after)\b"),
    ("answer_order", rf"{_START}{_DO}\b.{{0,60}}\b(?:the following|the above|the below|below|this|that|given) (?:\w+ ){{0,2}}?(?:sentences?|text|paragraph|code|tweet|review|questions?|snippet|string|excerpt|binary)\b"),
    ("answer_order", r"\bif (?:the )?user\b|\b(?:tell|give|show|provide|ask) (?:\w+ ){0,3}?(?:to )?the user\b|\b(?:anything|nothing|something) else (?:in|to) (?:your|the) "),
    ("answer_order", r"\bthink step by step\b|\b\d+[- ]word answer\b|\bdo not output\b|\bend your\b"),
    ("persona", rf"\byou(?: are|'re|r role is) (?:now |no longer |from now on )?(?:to act as |acting as |going to be )?(?:an? )?(?:\w+ ){{0,3}}?(?:{_MACHINE}|interpreter|terminal|bot|copilot|translator|code|computer)\b"),
    ("persona", r"\bi(?: want|'d like| would like| need) you (?:to )?(?:\w+)\b|\bfrom now on,? you\b|\byou may now\b"),
    ("persona", rf"{_START}(?:act|behave|respond|answer|take the role|play the role|assume the role|roleplay|role-play)\b (?:\w+ ){{0,2}}?(?:as|like|of) an? "),
    ("addressed_to_model", rf"\b{_MACHINE},? (?:who |that |which )?(?:reading|processing|summari[sz]ing|analy[sz]ing|evaluating|reviewing|is reading|are reading|reads?)\b.{{0,40}}\b(?:this|it)\b"),
    ("addressed_to_model", rf"\b(?:note|message|notice|instructions?|profile|warning|attention|reminder|directive|for) (?:to|for|by)? ?(?:the |any |all |an )?(?:\w+ )?{_MACHINE}\b ?:"),
    ("addressed_to_model", rf"^\W*(?:hidden|secret|internal|confidential|note|message|profile)\b.{{0,60}}\b(?:to|for|by) (?:the |any |all |an? )?(?:\w+ ){{0,2}}?(?:{_MACHINE}|reviewer|expert|recruiter|evaluator|grader|moderator)\b.{{0,30}}:"),
    ("addressed_to_model", rf"{_START}(?:dear )?{_MACHINE} ?[,:] ?(?:please |you |do |never |always )?"),
    ("prompt_request", r"\b(?:repeat|reveal|show|print|tell|output|disclose|give|share|display|recite|translate|summari[sz]e|what (?:is|are|were))\b.{0,60}\b(?:your (?:\w+ ){0,3}(?:prompts?|instructions|system message|rules|access code|password|configuration)|system prompt|instructions (?:you were )?given)\b"),
    ("prompt_request", r"\bwhat you (?:should|would|will|were told to) (?:say|output|answer)\b|\bwhat do you say when\b"),
    ("forged_answer", r"[\"']?(?:label|score|stance|framing|verdict|classification|sentiment|confidence|evidence|summary|headline|support|intensity)[\"']? ?[:=] ?(?:[\"'\[{]|[-+]?\d|(?:domination|desperation|mixed|neither|positive|negative)\b)"),
    ("forged_answer", rf"\b(?:label|classify|rate|mark|score|tag|code|treat|describe|report|frame|summari[sz]e|judge|assess) {_THIS} (?:\w+ )?(?:as|with|to|only|in)\b"),
    ("forged_answer", r"\b(?:correct|right|true|final|expected|proper) (?:label|answer|classification|score|verdict|stance)\b.{0,20}\b(?:is|must be|should be|=)"),
    ("planted_fact", r"\bthe (?:\w+ )?(?:domain(?: name)?|password|pass ?phrase|secret (?:code|key|word|\w+)|access code|magic word|code ?word|keyword) (?:is|has been|was)\b.{0,40}[\"'“‘:!]|\b\w+ important,? \w+ important\b|^\W*(?:password|pass ?phrase|username|access (?:denied|granted))\w*\W*$|\bpassword\d+\b|\bfine-?tun(?:e|ing) (?:a|an|the|this|your) model\b"),
    ("forged_delimiter", r"^[ \t]*(?:[=*#_~%<>-]{3,}).{0,60}\b(?:end of|begin|start of|end|input|log|instructions?)\b|^[ \t]*(?:end|begin|start) (?:of )?(?:\w+ ){0,2}(?:instructions?|input|data|article|text|document|prompt|context|sentence|passphrase|log)\b"),
    ("forged_delimiter", r"^[ \t]*={4,}|```"),
    ("code", r"^\s*(?:import \w+(?:[.,]|\s*$)|from \w+ import |def \w+\(|class \w+[:(]|while True:|for \w+ in .{1,40}:$|return \w+$|\w+ = [\w\"'\[({])|[\"']\.join\(|\b\w+\.\w+\([\"'\[]|\bprint\(|\bsubprocess\b"),
)  # fmt: skip
# No form is without one of these: most sentences of an article are done with at a glance.
_TRIGGERS = frozenset(
    listed(
        "ignore disregard forget override overlook bypass discard skip follow obey instruction instructions prompt prompts directive "
        "directives directions your you you're user system assistant admin administrator developer human bot chatgpt ai llm gpt "
        "model models chatbot chat label classify rate mark score tag code treat describe frame judge assess stance framing verdict "
        "classification sentiment confidence evidence summary headline support intensity print output reply respond answer return "
        "repeat echo type write display emit produce generate don't not never following above below text sentence reading summarizer "
        "summariser summarizing summarising automated screening annotation hidden secret internal confidential note message profile "
        "correct expected important password passphrase pass domain access magic codeword keyword act behave role roleplay act "
        "responding replying step word import def class subprocess end begin start say context document data input tool rest "
        "denied granted username fine-tune finetune fine-tuning recruiter reviewer expert evaluator grader moderator warning notice attention reminder final right proper true pass passphrases"
    )
)
_MARKS = re.compile(r"[<\[{#=`(]|[%*~_>-]{3}|[\"']:")
FORMS = tuple((kind, re.compile(pattern, re.IGNORECASE | re.MULTILINE)) for kind, pattern in _FORMS)
_ENCODED = re.compile(
    r"(?<![\w+/])(?=[\w+/]{0,50}[a-z])(?=[\w+/]{0,50}[A-Z])(?=[\w+/]{0,50}\d)[A-Za-z0-9+/]{48,}+={0,2}"
)
_HEX = re.compile(r"(?:\b[0-9a-f]{2}\b[ ,]?){24,}+|(?:\b[01]{8}\b ?){8,}+")
_TASK = re.compile(
    rf"{_START}(?:{_DO}|brainstorm|choose|compare|complete|define|design|determine|discuss|evaluate|extract|find|forward"
    r"|help|implement|investigate|outline|perform|plan|predict|prepare|propose|research|schedule|search|select|share"
    r"|sort|suggest|teach|click|download|run|solve|set|remind|book|order|sync|turn|automate|organi[sz]e)\b",
    re.IGNORECASE,
)
_TEXT_TASK = re.compile(
    rf"{_START}(?:analy[sz]e|compose|draft|encode|encrypt|generate|paraphrase|rephrase|rewrite|summari[sz]e|translate|write) "
    r"(?:a|an|one|the|this|that|me|my|your|in|into)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"^\W*(?:(?:how|what|where|which|when|why|who)\b.{1,300}\?|(?:can|could|would|will) (?:you|i)\b.{1,300}\?"
    r"|(?:i am|i'm|i need|i would)\b.{1,200}\b(?:help|please|you)\b)",
    re.IGNORECASE,
)


def kind_of(sentence: str, words: AbstractSet[str]) -> Kind | None:
    """The form of instruction that a sentence has, whatever the article is about; None where it has none.

    `words` are its words in lower case.
    """
    if _ENCODED.search(sentence) or _HEX.search(sentence):
        return "encoded"
    if _TRIGGERS.isdisjoint(words) and _MARKS.search(sentence) is None:
        return None
    return next((kind for kind, pattern in FORMS if pattern.search(sentence)), None)


def kinship_needed(sentence: str) -> float:
    """The share of its words that a sentence must have in common with the rest of an article to be part of it.

    Most for an order to write or work on text, some for any other order, request or question, none for a statement.
    """
    if _TEXT_TASK.match(sentence):
        return 0.7
    return 0.34 if _TASK.match(sentence) or _REQUEST.match(sentence) else 0.0
