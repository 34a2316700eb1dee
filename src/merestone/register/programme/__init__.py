"""What a programme decides: its kinds of records, their life cycle, the weight of evidence, and who approves what."""
