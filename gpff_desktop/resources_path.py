"""Where the files that come with the program lie: models, examples, a sample data set, icons."""

from pathlib import Path


def resources() -> Path:
    """The resources folder: inside the package when installed from a wheel, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"
