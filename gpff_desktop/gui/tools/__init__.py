"""Tools of the 3D view: what the mouse and the keyboard do there."""
