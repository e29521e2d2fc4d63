"""`subtext prompts`: what the model is asked, to list, to read, and to see as it would be sent."""
from __future__ import annotations
import typer
prompts = typer.Typer(name="prompts", help="What the model is asked.", rich_markup_mode=None)
@prompts.callback()
def _group() -> None:
    """What the model is asked."""
