"""Load axes and prompts as strict, versioned data, and render prompts to messages."""
