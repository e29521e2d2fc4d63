"""What Slack takes in one message, and what we allow ourselves of it.

The first group is Slack's, as its reference and the validators of slack_sdk have it; the second is ours. That a whole
message over about 13,200 characters is refused (`msg_blocks_too_long`) is documented nowhere, so we stay below it.
"""

BLOCKS_A_MESSAGE = 50
SECTION_CHARS = 3_000
CONTEXT_ELEMENTS = 10
ACTION_ELEMENTS = 25
BUTTON_CHARS = 75
BUTTON_VALUE_CHARS = 2_000
URL_CHARS = 3_000
STREAM_CHARS = 12_000

MESSAGE_CHARS = 11_000
MESSAGE_LINES = 12
SENTENCES = 3
SENTENCE_CHARS = 300
QUOTE_CHARS = 220
NAME_CHARS = 80
