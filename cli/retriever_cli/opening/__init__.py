"""Opens what was found: at its place in the system's program, or in the terminal."""
