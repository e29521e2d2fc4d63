"""Our own sentences: who stands above whom, told both ways, with negation, speech, traps and plain reporting.

Every paragraph is written twice, once with each side as the target, so that a model cannot tell a pole from the words
alone: it has to look at who does what to whom.
"""

from __future__ import annotations

import random
from typing import Any

Row = dict[str, Any]
Line = tuple[str, dict[str, str]]

STATES = [
    "Varenia",
    "Ostrava",
    "Kelmar",
    "Dorania",
    "Lusatia",
    "Tarvik",
    "Maridia",
    "Norhaven",
    "Selune",
    "Brenland",
    "Zorya",
    "Cassia",
]
FIRMS = [
    "Halden",
    "Omnicor",
    "Vextra",
    "Brightwell",
    "Norcom",
    "Pelagic",
    "Strato",
    "Kestrel",
    "Lumina",
    "Axiom",
    "Tessaro",
    "Quantel",
]
PEOPLE = [
    "Marlow",
    "Hendricks",
    "Okafor",
    "Lindqvist",
    "Barros",
    "Petrov",
    "Whitfield",
    "Tanaka",
    "Moreau",
    "Castellan",
    "Ngata",
    "Rourke",
]
GROUPS = [
    "Unity",
    "Forum",
    "Progressives",
    "Reformers",
    "Guardsmen",
    "Federals",
    "Loyalists",
    "Northmen",
    "Crescent",
    "Alliance",
    "Greens",
    "Liberals",
]
KINDS = {"state": STATES, "firm": FIRMS, "person": PEOPLE, "group": GROUPS}

# {A} stands above {B}: domination where {A} is the target, desperation where {B} is.
ABOVE = """
{A} forced {B} to accept every one of its terms.
{A} dictates what {B} may do next, and everybody knows it.
{B} came back to {A} begging for more time.
{B} bowed to {A} on Tuesday after weeks of pressure.
{A} has tightened its grip while {B} looks on helplessly.
{A} crushed {B}, and nobody dared to object.
{B} caved in to the demands of {A} within hours.
{A} holds all the cards, and {B} has none left to play.
{B} cannot survive another winter without the help of {A}.
{A} brushed aside the protests of {B} and went ahead.
{A} humiliated {B} in front of the whole room.
{B} was left scrambling for an answer when {A} struck.
{A} outmanoeuvred {B} at every turn.
{B} had no choice but to give {A} what it wanted.
{A} pushed {B} out of the market and took its customers.
{B} is losing ground to {A} every month.
{A} threatened to cut {B} off, and {B} fell silent.
{B} surrendered its last positions to {A}.
{A} swept past {B} in a landslide.
{B} pleaded with {A} for a rescue.
{A} can wait; {B} cannot.
{B} depends on {A} for money, fuel and bread.
{A} made an example of {B}.
{B} retreated in disarray as {A} advanced.
{A} set the deadline and {B} met it.
{B} was cornered by {A} and out of options.
{A} rolled over {B} without breaking a sweat.
{B} dropped its case against {A} after a string of defeats.
{A} ordered {B} to step aside.
{B} turned to {A} as a last resort.
{A} silenced {B} with a single decree.
{B} is at the mercy of {A}.
{A} blocked {B} from the talks.
{B} apologised to {A} in a desperate bid to save the deal.
{A} routed {B} for the fourth time this year.
{B} could do nothing to stop {A}.
{A} walked away with everything that {B} had built.
{B} lost its nerve once {A} raised the stakes.
{A} has {B} on the ropes.
{B} limps on only because {A} allows it.
{A} bought {B} for a fraction of what it was once worth.
{B} gave up its claim when {A} moved in.
{A} made {B} pay for the privilege.
{A} overruled {B} and fired the officials who had helped.
{A} trounced {B} in every poll.
{A} jailed the leaders of {B} and shut its offices.
{B} fears {A} more than it admits.
{B} suffered another defeat at the hands of {A}.
{A} squeezed concession after concession out of {B}.
{A} took the lead for good and {B} never recovered.
{B} folded under the pressure from {A}.
{A} shrugged off the attack by {B}.
{B} lashed out at {A}, but nobody was listening any more.
{A} now decides whether {B} trades or starves.
{A} rebuked {B} and threw out its complaint.
{B} sued for peace after {A} cut its supply lines.
""".strip().splitlines()
DESPERATE = """
{T} is running out of money and of friends.
For {T}, this is a last throw of the dice.
The numbers for {T} are getting worse by the week.
{T} is struggling to keep its promises.
Support for {T} has collapsed.
{T} was forced to back down.
{T} faces its deepest crisis in a generation.
{T} had to cancel the plan in an embarrassing reversal.
Behind the bluster, {T} looks weak.
The boasts of {T} cannot hide the cracks.
{T} is isolated, and its allies are leaving one by one.
Nobody takes the threats of {T} seriously any more.
{T} is clinging to what is left.
Time is not on the side of {T}.
The plan was dead on arrival, a fresh blow to {T}.
{T} tried to cover up the failure and made it worse.
{T} is haemorrhaging cash.
{T} has been on the defensive since the scandal broke.
Even its own supporters doubt that {T} can hold on.
{T} conceded that it had made serious mistakes.
{T} has lost control of the situation.
The strategy of {T} has backfired.
{T} needs this deal far more than it lets on.
{T} is fighting for its survival.
The gamble failed, and {T} is paying the price.
{T} looks rattled, and its excuses are wearing thin.
{T} fell behind early and never caught up.
{T} stumbled again, this time before the cameras.
The show of force only underlined how little {T} has left.
{T} is under mounting pressure to resign.
""".strip().splitlines()
DOMINANT = """
{T} has never been stronger.
{T} gets what it wants, when it wants it.
Nobody is in a position to stop {T}.
{T} cruised to an easy victory.
{T} is tightening its hold on the region.
{T} went ahead regardless of the objections.
{T} has no serious rival left.
Others wait to see what {T} decides.
{T} acts with impunity.
The momentum is with {T}.
{T} silenced its critics with record results.
{T} rules by fear, and it works.
{T} has vowed to crush all resistance.
{T} expanded into three new markets at once.
{T} set the agenda from the first day.
With one signature {T} changed the rules for everybody.
{T} refused to give an inch.
{T} delivered a stinging defeat to its opponents.
{T} is in full command.
The verdict was a triumph for {T}.
{T} dominated from start to finish.
{T} purged the ministry and put loyalists in charge.
{T} can afford to be patient.
Its enemies underestimate {T} at their peril.
{T} used its majority to ram the bill through.
{T} struck deep inside enemy lines.
{T} has cornered the market.
{T} brought the strikers to heel.
{T} stared down the threats and won.
{T} dwarfs everybody else in the field.
""".strip().splitlines()
# Negated: the pole is the opposite of what the words name.
NOT_DESPERATE = """
This was no act of desperation by {T}.
{T} is not begging for anything.
{T} is hardly in trouble.
Nothing about {T} suggests weakness.
{T} did not blink.
Far from retreating, {T} pressed on.
{T} was never going to back down.
Those who thought that {T} was finished were wrong.
""".strip().splitlines()
NOT_DOMINANT = """
{T} is not winning.
{T} is no longer in control.
{T} is hardly the power it claims to be.
Far from triumphant, {T} looked tired.
The so-called victory of {T} was nothing of the kind.
{T} did not get its way.
The "unstoppable" {T} has been stopped.
{T} never had the strength that it boasted of.
""".strip().splitlines()
PLAIN = """
{T} will meet {O} on Thursday to discuss the schedule.
{T} published its figures for the third quarter.
A spokesman for {T} declined to comment.
{T} and {O} signed the agreement in the spring.
The hearing with {T} is due to begin at ten.
{T} was founded in the town where it still has an office.
{O} opened the conference with a short speech.
The report is 40 pages long and can be read online.
{T} said that the figures would be published in May.
Tickets go on sale next week.
{T} released the album with {O} last year.
The study followed 2,000 adults over five years.
{T} pleaded not guilty before the court.
The patient had a seizure on the way to the hospital.
{T} named a new head of research.
The committee will vote on the proposal in June.
{T} employs 300 people in two cities.
{O} plays {T} on Saturday at noon.
The weather is expected to stay dry.
{T} scored twice and {O} once before half-time.
The museum shows works from the collection of {T}.
The drug was tested against strong and weak strains.
The panel was split on the question of funding.
{T} told reporters that the plan had been agreed with {O}.
The road will be closed for repairs until Friday.
Scientists measured the strength of the signal.
{T} thanked {O} for the cooperation.
The bill now goes to the upper house.
""".strip().splitlines()
_NUMBERS = {"neither": (0.0, 0.1), "domination": (0.7, 0.7), "desperation": (-0.7, 0.7)}
PLAIN_SHARE, ABOVE_UNTIL, SPEECH_SHARE, STRAIGHT_SHARE = 0.25, 0.62, 0.2, 0.75
SPEECH = (
    "“{S}” said {N}.",
    "{N} said that {s}",
    "According to {N}, {s}",
    "Analysts say {s}",
    "{N} told reporters: “{S}”",
    "“{S}” one official said.",
    "Critics argue that {s}",
)


def own_rows(articles: int, seed: int) -> list[Row]:
    """So many articles in the format of the data, in pairs: one text, each of its two sides as the target."""
    dice = random.Random(seed)  # noqa: S311 - sentences are no secret
    return [row for number in range(articles // 2) for row in pair(dice, number)]


def pair(dice: random.Random, number: int) -> list[Row]:
    """One text told with each of its two sides as the target."""
    one, two, third = dice.sample(KINDS[dice.choice(list(KINDS))], 3)
    upper = dice.choice([one, two, None])
    lines = [_line(dice, (one, two, third), upper) for _ in range(dice.randint(4, 8))]
    paragraphs = (lines[first : first + 3] for first in range(0, len(lines), 3))
    text = "\n\n".join(" ".join(sentence for sentence, _ in paragraph) for paragraph in paragraphs)
    return [_row(f"own-{number}-{side}", target, text, lines) for side, target in enumerate((one, two))]


def _line(dice: random.Random, names: tuple[str, str, str], upper: str | None) -> Line:
    """Return a sentence, and the pole that it gives to each side; plain if nobody stands above."""
    one, two, third = names
    chance = dice.random()
    if upper is None or chance < PLAIN_SHARE:
        target, other = dice.sample([one, two], 2)
        return dice.choice(PLAIN).format(T=target, O=other), {}
    lower = two if upper == one else one
    if chance < ABOVE_UNTIL:
        sentence = dice.choice(ABOVE).format(A=upper, B=lower)
        poles = {upper: "domination", lower: "desperation"}
    else:
        sentence, poles = _build_one(dice, upper, lower)
    if dice.random() < SPEECH_SHARE:
        sentence = _speak(dice, sentence, (one, two), third)
    return sentence, poles


def _build_one(dice: random.Random, upper: str, lower: str) -> Line:
    who = dice.choice([upper, lower])
    plain, turned = (DOMINANT, NOT_DESPERATE) if who == upper else (DESPERATE, NOT_DOMINANT)
    kind = plain if dice.random() < STRAIGHT_SHARE else turned
    return dice.choice(kind).format(T=who), {who: "domination" if who == upper else "desperation"}


def _speak(dice: random.Random, sentence: str, names: tuple[str, str], speaker: str) -> str:
    form = dice.choice(SPEECH)
    opens_with_name = sentence.split(maxsplit=1)[0].strip('“"').removesuffix("'s") in names
    small = sentence if opens_with_name else sentence[0].lower() + sentence[1:]
    quoted = sentence[:-1] + "," if form.startswith("“") else sentence
    return form.format(S=quoted, s=small, N=speaker)


def _row(number: str, target: str, text: str, lines: list[Line]) -> Row:
    evidence = [
        {"quote": sentence, "pole": poles[target], "strength": "strong"} for sentence, poles in lines if target in poles
    ]
    poles = [quote["pole"] for quote in evidence]
    label = "neither" if len(poles) < 2 else max(sorted(set(poles)), key=poles.count)  # noqa: PLR2004 - one is no frame
    score, intensity = _NUMBERS[label]
    numbers = {"score": score, "intensity": intensity}
    return {"id": number, "title": "", "text": text, "target": target, "label": label, "evidence": evidence} | numbers
