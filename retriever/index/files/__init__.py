"""Files that survive and files that cannot be read: what every engine that writes to a disk needs."""
