"""The corpus as a picture: each passage a dot, groups named by their own words. Reads an index, and changes nothing."""
