"""The window: Qt widgets around the molecule view, and the thread that does the work."""
