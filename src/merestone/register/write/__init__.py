"""Writing: one batch is one transaction, appended to the chain, with the current layers brought along."""
