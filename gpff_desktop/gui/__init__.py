"""The window: Qt widgets around the molecule view, and the thread that does the work."""

# Qt first: where RDKit's drawing library, with the fontconfig and xcb it brings along, is loaded before QtGui,
# creating the QApplication is a segmentation fault (seen with PySide6 6.11).
import PySide6.QtGui  # noqa: F401
