"""Everything a user can do to the structure on view, for menus, tools, keys and the Python console alike."""

from __future__ import annotations

from gpff_desktop.session.editor_exchange import ExchangeEditor
from gpff_desktop.session.editor_moving import MovingEditor
from gpff_desktop.session.editor_starting import StartingEditor
from gpff_desktop.session.editor_steering import SteeringEditor


class Editor(ExchangeEditor, MovingEditor, SteeringEditor, StartingEditor):
    """Operations on a document. Each is one step to undo, and works on the selection unless atoms are given.

    Parameters
    ----------
    document
        What is edited.

    Attributes
    ----------
    performed
        psygnal event with the Python text that repeats the operation just done, such as
        `editor.set_distance(0, 4, 1.54)`.

    Raises
    ------
    EditError
        From every operation that cannot be carried out; the message is one line that says what to do. The document is
        then as it was.
    LockError
        A kind of it, where a locked atom would have to move or go.
    """
