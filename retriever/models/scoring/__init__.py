"""What a model's vectors are compared by: language centering, MaxSim, token codes, the baseline of scores."""
