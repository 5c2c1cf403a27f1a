"""Lists of known molecules."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from gpff_desktop.chemistry.known import KnownMoleculesError, is_list, read_known, write_known

SMILES = ["CCO", "C", "c1ccccc1"]


@pytest.mark.parametrize("name", ["known.smi", "known.smi.gz"])
def test_a_list_reads_back_as_it_was_written(tmp_path: Path, name: str) -> None:
    assert write_known(tmp_path / name, [*SMILES, "C"]) == 3
    assert is_list(tmp_path / name)
    assert read_known(tmp_path / name) == set(SMILES)


def test_the_same_molecules_give_the_same_file(tmp_path: Path) -> None:
    write_known(tmp_path / "a.smi.gz", SMILES)
    write_known(tmp_path / "b.smi.gz", reversed(SMILES))
    assert (tmp_path / "a.smi.gz").read_bytes() == (tmp_path / "b.smi.gz").read_bytes()


def test_foreign_smiles_are_made_canonical_and_lose_their_stereochemistry(tmp_path: Path) -> None:
    path = tmp_path / "mine.smi"
    path.write_text("# by hand\nOCC ethanol\n\nC1=CC=CC=C1\nC[C@H](N)C(=O)O\n")
    assert read_known(path) == {"CCO", "c1ccccc1", "CC(N)C(=O)O"}


@pytest.mark.parametrize("data", [b"not smiles at all!", gzip.compress(b"C", mtime=0)[:5], b"\xff\xfe\x00"])
def test_what_is_no_list_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / ("bad.smi.gz" if data[:1] == b"\x1f" else "bad.smi")
    path.write_bytes(data)
    with pytest.raises(KnownMoleculesError, match="bad") as caught:
        read_known(path)
    assert "\n" not in str(caught.value)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnownMoleculesError, match="none"):
        read_known(tmp_path / "none.smi")
