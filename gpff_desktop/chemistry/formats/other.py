"""Formats that are read but not written: PDB, SMILES and the packed `.npz` sets of structures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from rdkit import Chem

from gpff_desktop.chemistry.convert import from_rdkit, from_smiles
from gpff_desktop.chemistry.formats.common import FormatError, Problem, Record, open_text, require_file
from gpff_desktop.chemistry.molecules import quiet
from gpff_desktop.structure import Structure

_NPZ_KEYS = ("n_atoms", "numbers", "positions")


def read_pdb(path: Path) -> Iterator[Record]:
    """Models of a PDB file, one by one, without bonds (they can be perceived)."""
    with open_text(path) as file:
        title, record, lines = "", 0, []
        for line in file:
            name = line[:6].strip()
            if name == "TITLE":
                title = f"{title} {line[10:].strip()}".strip()
            elif name in ("ATOM", "HETATM"):
                lines.append(line)
            elif name in ("ENDMDL", "END") and lines:
                record += 1
                yield _pdb_model(lines, title, record)
                lines = []
        if lines:
            yield _pdb_model(lines, title, record + 1)


def _pdb_model(lines: list[str], title: str, record: int) -> Record:
    try:
        with quiet():
            mol = Chem.MolFromPDBBlock("".join(lines), sanitize=False, removeHs=False, proximityBonding=False)
        if mol is None or mol.GetNumAtoms() == 0:
            return Problem(record, "no atoms could be read")
        return from_rdkit(mol).with_bonds(None).with_title(title)
    except (ValueError, RuntimeError) as error:
        return Problem(record, str(error).splitlines()[0])


def read_smiles(path: Path) -> Iterator[Record]:
    """Molecules of a SMILES file (one a line, then a name), each embedded in 3D."""
    with open_text(path) as file:
        record = 0
        for line in file:
            if not line.strip() or line.startswith("#"):
                continue
            record += 1
            smiles, _, name = line.strip().partition(" " if "\t" not in line else "\t")
            try:
                yield from_smiles(smiles).with_title(name.strip() or smiles)
            except ValueError as error:
                yield Problem(record, str(error))


def iterate_npz(path: Path | str) -> Iterator[Record]:
    """Structures of a packed set: `n_atoms [n]`, `numbers [sum n_atoms]`, `positions [sum n_atoms, 3]` in Å.

    Any further array with one entry per structure becomes a property; `titles` becomes the title. Nothing is
    ever unpickled.

    Raises
    ------
    FormatError
        If the file is missing or not such a set.
    """
    arrays = _npz_arrays(Path(path))
    counts = arrays.pop("n_atoms").astype(np.int64)
    numbers, positions = arrays.pop("numbers"), arrays.pop("positions")
    titles = arrays.pop("titles", np.full(len(counts), ""))
    extra = {key: values for key, values in arrays.items() if values.shape == counts.shape}
    ends = np.cumsum(counts)
    for index, (start, end) in enumerate(zip(ends - counts, ends, strict=True)):
        properties = {key: str(values[index]) for key, values in extra.items()}
        try:
            yield Structure(numbers[start:end], positions[start:end], None, str(titles[index]), properties)
        except ValueError as error:
            yield Problem(index + 1, str(error))


def _npz_arrays(path: Path) -> dict[str, np.ndarray]:
    require_file(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (ValueError, OSError, EOFError, BadZipFile, AttributeError, TypeError) as error:
        raise FormatError(f"'{path.name}' is not a readable .npz file; export it again") from error
    missing = [key for key in _NPZ_KEYS if key not in arrays]
    if missing:
        raise FormatError(f"'{path.name}' lacks the array {', '.join(missing)}; see the format of structure sets")
    total = int(arrays["n_atoms"].sum())
    if arrays["numbers"].shape != (total,) or arrays["positions"].shape != (total, 3):
        raise FormatError(f"the arrays of '{path.name}' do not fit together: n_atoms sums to {total}")
    return arrays
