"""Lists of known molecules, against which a generated one is new or not."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

from rdkit import Chem, rdBase

from gpff_desktop.atomic_file import atomic_write
from gpff_desktop.chemistry.molecules import quiet

KNOWN = "known.smi.gz"
"""Name of the list in a model's folder: the molecules it was trained on."""
SUFFIXES = (".smi", ".smi.gz")
_HEADER = "# canonical SMILES without stereochemistry, by RDKit "


class KnownMoleculesError(ValueError):
    """A list that cannot be read; the message is one line for the user."""


def is_list(path: Path) -> bool:
    """Whether a file is called like a list of SMILES."""
    return path.name.lower().endswith(SUFFIXES)


def write_known(path: Path, smiles: Iterable[str]) -> int:
    """Write canonical SMILES, one a line, sorted; returns how many.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    lines = sorted(set(smiles))
    text = "\n".join([f"{_HEADER}{rdBase.rdkitVersion}", *lines]) + "\n"
    data = text.encode()
    with atomic_write(path) as partial:
        # No time stamp inside: the same molecules give the same file.
        partial.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return len(lines)


def read_known(path: Path) -> frozenset[str]:
    """The molecules of a list, as the judge of validity writes them.

    SMILES that this version of RDKit has not written are made canonical first, which takes some 0.2 ms each.

    Raises
    ------
    KnownMoleculesError
        If the file cannot be read or holds something else.
    """
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    except (OSError, EOFError, ValueError) as error:
        raise KnownMoleculesError(f"'{path}' cannot be read as a list of SMILES ({error})") from error
    header, _, rest = text.partition("\n")
    if header == f"{_HEADER}{rdBase.rdkitVersion}":
        return frozenset(rest.split())
    lines = (line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("#"))
    with quiet():
        return frozenset(_canonical(smiles, path) for smiles in lines)


def _canonical(smiles: str, path: Path) -> str:
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise KnownMoleculesError(f"'{path}' is not a list of SMILES: '{smiles[:40]}' is none")
    return Chem.MolToSmiles(mol, isomericSmiles=False)
