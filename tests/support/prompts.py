"""Small valid axes and prompts, to be written to a folder."""

from __future__ import annotations

from pathlib import Path

SECOND_ROOT = Path(__file__).parents[1] / "prompts" / "data"

AXIS = """\
id: hot-cold
version: 1
title: hot or cold
question: Is the room hot or cold?
target: the room
poles:
  negative:
    id: cold
    name: Cold
    definition: One freezes.
    indicators:
      - { code: frost, description: ice on the glass }
  positive:
    id: hot
    name: Hot
    definition: One sweats.
    indicators:
      - { code: steam, description: mist on the glass }
mixed: Both.
neither: Neither of them.
rules: [Look at the glass.]
confidence: A percentage.
examples:
  - text: There was ice on the glass.
    target: the room
    label: cold
    why: frost
    evidence:
      - { quote: ice on the glass, speaker: null, pole: cold, indicator: frost, strength: strong, polarity: asserts }
"""
PROMPT = """\
id: reading
version: 1
title: A reading
parts: [framing]
system: |
  {{ axis.question }} {{ schema }}
  {% for example in examples %}
  {{ example.answer | compact }}
  {% endfor %}
user: |
  {{ target | compact }}
  == {{ nonce }}
  {{ article }}
  == {{ nonce }}
mend: "No: {{ reason }}."
"""
EXAMPLES = """\
examples:
  - article: The room has a window.
    target: null
    answer:
      target: the room
      evidence: []
      rationale: Nothing is said of the heat.
      label: neither
      confidence: 90
"""
AXIS_PLACE = "axes/hot-cold/v1/axis.yaml"
PROMPT_PLACE = "reading/v1/prompt.yaml"
EXAMPLES_PLACE = "reading/v1/examples.yaml"
WHOLE = {AXIS_PLACE: AXIS, PROMPT_PLACE: PROMPT, EXAMPLES_PLACE: EXAMPLES}


def write(root: Path, files: dict[str, str]) -> Path:
    """Write these files into a folder; return it."""
    for place, text in files.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def prompt(*, name: str = "reading", version: int = 1) -> dict[str, str]:
    """Return the files of one more prompt that asks for the framing."""
    text = PROMPT.replace("id: reading", f"id: {name}").replace("version: 1", f"version: {version}")
    return {f"{name}/v{version}/prompt.yaml": text, f"{name}/v{version}/examples.yaml": EXAMPLES}


def axis(*, version: int) -> dict[str, str]:
    """Return the file of one more version of the axis."""
    return {f"axes/hot-cold/v{version}/axis.yaml": AXIS.replace("version: 1", f"version: {version}")}
