"""What one window works on: the document and what is said to the user; the console gets it too."""

from __future__ import annotations

from psygnal import Signal

from gpff_desktop.session.document import Document


class Workbench:
    """The parts of a session that outlive any panel.

    Attributes
    ----------
    document
        Open structures and their history.
    noted
        psygnal event with one line on what was done.
    warned
        psygnal event with one line on what went wrong and what to do.
    """

    noted = Signal(str)
    warned = Signal(str)

    def __init__(self) -> None:
        self.document = Document()
