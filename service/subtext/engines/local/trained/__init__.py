"""The trained scorer: a small encoder, what it says of sentences, and what follows from it for the article."""
