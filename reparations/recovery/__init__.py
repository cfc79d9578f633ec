"""What was paid and is owed no more: awards brought in line with later decisions, and overpayments recovered."""
