"""The template, style and script of the page that a map is written as."""
