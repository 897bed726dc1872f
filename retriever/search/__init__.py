"""From a question to ranked hits: query, candidates, fusion, highlights."""
