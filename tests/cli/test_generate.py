"""`gpff generate`."""

import json

import numpy as np
import pytest
from rdkit import Chem

from gpff_desktop.chemistry.formats import read_structures, write_structures
from gpff_desktop.cli.steering import CONSTRAINT_FORMS, PRIOR_FORMS, RESTRAINT_FORMS
from gpff_desktop.structure import Structure
from tests.cli.conftest import ETHANOL, LACTAM, save_random_model


def read(path):
    return read_structures(path).structures


def same_coordinates(one, other):
    return all(np.array_equal(a.positions, b.positions) for a, b in zip(read(one), read(other), strict=True))


def test_candidates_say_where_they_come_from_and_what_the_judge_found(generate, tmp_path):
    out = tmp_path / "out.sdf"
    result = generate("--formula", "C2H6O", "--count", 3, "--seed", 5, "--out", out)
    assert result.code == 0
    assert "of 3 valid" in result.stdout
    assert result.stderr == ""
    for number, structure in enumerate(read(out), start=1):
        assert structure.formula == "C2H6O"
        assert structure.properties["GPFF_candidate"] == str(number)
        assert structure.properties["GPFF_model"] == "tiny"
        assert structure.properties["GPFF_seed"] == "5"
        assert structure.properties["GPFF_valid"] in ("yes", "no")


def test_json_is_the_only_thing_on_stdout(generate, tmp_path):
    out = tmp_path / "out.xyz"
    result = generate("--formula", "C2H5O", "--count", 2, "--json", "--out", out)
    assert (result.document["nfe"], result.document["count"], result.document["out"]) == (3, 2, str(out))
    assert [row["candidate"] for row in result.document["candidates"]] == [1, 2]
    assert "odd number of electrons" in result.stderr


def test_valid_candidates_carry_their_smiles_and_repeats_are_told(generate, tmp_path, monkeypatch):
    from gpff_desktop.chemistry import judge
    from gpff_desktop.chemistry.judge import Verdict

    verdicts = [Verdict(True, "CCO", ""), Verdict(False, None, "2 separate pieces"), Verdict(True, "CCO", "")]
    monkeypatch.setattr(judge, "judge_all", lambda structures: verdicts)
    out = tmp_path / "out.sdf"
    document = generate("--formula", "C2H6O", "--count", 3, "--out", out, "--json").document
    assert (document["valid"], document["unique"]) == (2, 1)
    assert [row["same_as"] for row in document["candidates"]] == [None, None, 1]
    first, second, _ = read(out)
    assert first.properties["GPFF_smiles"] == "CCO"
    assert second.properties["GPFF_reason"] == "2 separate pieces"


@pytest.mark.parametrize("suffix", [".sdf", ".xyz"])
@pytest.mark.parametrize("how", [("--mode", "diffusion", "--sampler", "ancestral"), ("--start-width", 2, "--noise", 1)])
def test_repeat_gives_the_same_coordinates(gpff, generate, tmp_path, suffix, how):
    first, again = tmp_path / f"first{suffix}", tmp_path / f"again{suffix}"
    assert generate("--formula", "C3H8", "--count", 2, "--seed", 3, *how, "--out", first).code == 0
    result = gpff("generate", "--repeat", first, "--out", again, "--json")
    assert result.code == 0
    assert result.document["largest_difference"] < 1e-4  # what the file's decimals leave
    assert same_coordinates(first, again)


def test_a_sampler_of_a_plugin_is_asked_for_by_its_name_and_repeats(gpff, generate, tmp_path, site, monkeypatch):
    from gpff_desktop.engine import samplers
    from gpff_desktop.session import requests

    source = """
        from gpff_desktop.plugins import Plugin

        def halfway(run):
            while not run.finished:
                now = run.evaluate(run.positions)
                yield run.step(now.positions + now.forces / 4, now)

        def samplers():
            from gpff_desktop.engine.samplers import Sampler
            return [Sampler("halfway", "Half way", "relaxation", (), "Half of the way", halfway)]

        plugin = Plugin("Mine", 1, samplers=samplers)
    """
    site.install("mine", source)
    monkeypatch.setattr(samplers, "SAMPLERS", dict(samplers.SAMPLERS))
    monkeypatch.setattr(requests, "SAMPLERS", samplers.SAMPLERS)
    first = tmp_path / "first.xyz"
    assert generate("--formula", "C3H8", "--sampler", "mine.halfway", "--out", first).code == 0
    samplers.SAMPLERS.pop("mine.halfway")  # as in another process
    result = gpff("generate", "--repeat", first)
    assert "Largest difference from the file: 0.0000" in result.stdout
    generate("--formula", "C3H8", "--sampler", "mine.other", "--out", tmp_path / "b.xyz").assert_refused("mine.other")
    generate("--formula", "C3H8", "--sampler", "no.such", "--out", tmp_path / "b.xyz").assert_refused("no.such")


def test_repeat_of_a_scaffold_run_needs_no_scaffold_file(gpff, generate, tmp_path):
    first = tmp_path / "first.xyz"
    generate("--formula", "C6H11NO", "--scaffold", LACTAM, "--lock-atoms", "1-7", "--out", first)
    result = gpff("generate", "--repeat", first)
    assert result.code == 0
    assert "Largest difference from the file: 0.0000" in result.stdout


def test_repeat_is_refused_where_it_could_not_give_the_same(gpff, generate, tmp_path):
    out = tmp_path / "out.sdf"
    generate("--formula", "C2H6O", "--out", out)
    other = save_random_model(tmp_path / "other", 2)
    gpff("generate", "--repeat", out, "--model", other).assert_refused("hash", "tiny")
    gpff("generate", "--repeat", out, "--seed", 4, "--lock", "C").assert_refused("--seed, --lock")
    gpff("generate", "--repeat", ETHANOL).assert_refused("no generated structure")
    foreign = [s.with_properties(GPFF_run=s.properties["GPFF_run"].replace('"model_sha256": "', '"model_sha256": "f'))
               for s in read(out)]  # fmt: skip
    write_structures(tmp_path / "foreign.sdf", foreign)
    gpff("generate", "--repeat", tmp_path / "foreign.sdf").assert_refused("--model", "tiny")


@pytest.mark.parametrize("locks", [("--lock-atoms", "1-3,5"), ("--lock", "NC(=O)C")])
def test_locked_atoms_keep_their_coordinates_and_the_rest_is_given_up(generate, tmp_path, locks):
    out = tmp_path / "out.xyz"
    result = generate("--formula", "C6H11NO", "--scaffold", LACTAM, *locks, "--count", 2, "--out", out, "--json")
    assert result.document["n_locked"] == 4
    scaffold = read(LACTAM)[0].positions
    for structure in read(out):
        assert structure.formula == "C6H11NO"
        kept = [np.any(np.all(structure.positions == x, axis=1)) for x in scaffold]
        assert sum(kept) == 4


def test_each_candidate_says_whether_the_scaffold_survived(generate, tmp_path, monkeypatch):
    fates = iter(["", "a bond was lost between atoms 1 and 2 of the scaffold"] * 2)
    monkeypatch.setattr("gpff_desktop.session.scaffold.scaffold_kept", lambda *_: next(fates))
    asked = ("--formula", "C6H11NO", "--scaffold", LACTAM, "--lock-atoms", "1-3,5", "--count", 2)
    rows = generate(*asked, "--out", tmp_path / "one.sdf", "--json").document["candidates"]
    assert [row["scaffold_lost"] for row in rows] == ["", "a bond was lost between atoms 1 and 2 of the scaffold"]
    told = [structure.properties["GPFF_scaffold"] for structure in read(tmp_path / "one.sdf")]
    assert told == ["kept", "a bond was lost between atoms 1 and 2 of the scaffold"]
    assert "with the scaffold" in generate(*asked, "--out", tmp_path / "other.sdf").stdout


def test_a_pattern_with_several_matches_asks_for_a_choice(generate, tmp_path):
    asked = ("--formula", "C6H11NO", "--scaffold", LACTAM, "--lock", "CC", "--out", tmp_path / "out.sdf")
    generate(*asked).assert_refused("matches 4 places", "--lock-match")
    generate(*asked, "--lock-match", 9).assert_refused("matches 4 places")
    assert generate(*asked, "--lock-match", 2, "--json").document["n_locked"] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--formula", "C2H6Xq"), ("unknown element 'Xq'",)),
        (("--formula", "C2H6Si"), ("tiny", "Si")),
        (("--formula", "benzene"), ("not a formula",)),
        (("--formula", "C60H80"), ("140 atoms", "29")),
        ((), ("--formula",)),
        (("--formula", "C2H6O", "--count", 0), ("count",)),
        (("--formula", "C2H6O", "--nfe", 0), ("NFE",)),
        (("--formula", "C2H6O", "--nfe", "six"), ("--nfe",)),
        (("--formula", "C2H6O", "--start-width", 0), ("start width",)),
        (("--formula", "C2H6O", "--noise", -1), ("noise",)),
        (("--formula", "C2H6O", "--mode", "magic"), ("unknown mode 'magic'",)),
        (("--formula", "C2H6O", "--sampler", "magic"), ("unknown sampler 'magic'",)),
        (("--formula", "C2H6O", "--sampler", "heun"), ("not of relaxation mode", "direct")),
        (("--formula", "C2H6O", "--device", "abacus"), ("unknown device",)),
        (("--formula", "C2H6O", "--model", "nowhere"), ("no model 'nowhere'", "tiny")),
        (("--formula", "C2H6O", "--lock-atoms", "1"), ("--scaffold",)),
        (("--formula", "C2H6O", "--scaffold", "nowhere.sdf"), ("nowhere.sdf",)),
        (("--formula", "C2H6O", "--scaffold", ETHANOL), ("lock",)),
        (("--formula", "C2H7O", "--scaffold", ETHANOL, "--lock-atoms", "1-12"), ("cannot lock atom", "9 atoms")),
        (("--formula", "C2H7O", "--scaffold", ETHANOL, "--lock-atoms", "0"), ("from 1",)),
        (("--formula", "C2H7O", "--scaffold", ETHANOL, "--lock-atoms", "5-1"), ("from 1",)),
        (("--formula", "C2H7O", "--scaffold", ETHANOL, "--lock", "N"), ("matches nothing",)),
        (("--formula", "C2H7O", "--scaffold", ETHANOL, "--lock", "(("), ("SMARTS",)),
        (("--formula", "C2H7O", "--scaffold", ETHANOL, "--lock", "O", "--lock-atoms", "1"), ("either",)),
        (("--formula", "CH4", "--scaffold", ETHANOL, "--lock-atoms", "1-3"), ("lacks atoms", "C2O")),
        (("--formula", "C2O", "--scaffold", ETHANOL, "--lock-atoms", "1-3"), ("no atom to place",)),
    ],
)
def test_wrong_input_costs_one_line_and_exit_code_2(generate, tmp_path, arguments, words):
    generate(*arguments, "--out", tmp_path / "out.sdf").assert_refused(*words)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.sdf", ""),
        ("cut.sdf", "\n".join(ETHANOL.read_text().splitlines()[:9])),
        ("nan.xyz", "2\n\nH nan 0 0\nH 0 0 0.7\n"),
        ("text.xyz", "hello\n"),
        ("odd.txt", "2\n\nH 0 0 0\nH 0 0 0.7\n"),
    ],
)
def test_damaged_scaffolds_are_refused(generate, tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    asked = ("--formula", "H4", "--scaffold", path, "--lock-atoms", "1-2", "--out", tmp_path / "out.sdf")
    generate(*asked).assert_refused(name)


@pytest.mark.parametrize(
    ("out", "word"),
    [("there.sdf", "--force"), ("out.docx", ".sdf"), ("out", ".sdf"), ("nowhere/out.sdf", "no folder"),
     ("folder.sdf", "is a folder"), ("out.mol", "one structure only"), ("/proc/out.sdf", "cannot write")],
)  # fmt: skip
def test_outputs_are_checked_before_anything_is_computed(generate, tmp_path, monkeypatch, out, word):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.sdf").write_text("precious")
    (tmp_path / "folder.sdf").mkdir()
    # A model that is not there would be found out next.
    generate("--formula", "C2H6O", "--count", 2, "--model", "nowhere", "--out", out).assert_refused(word)
    assert (tmp_path / "there.sdf").read_text() == "precious"


def test_force_replaces(generate, tmp_path):
    (tmp_path / "out.sdf").write_text("old")
    assert generate("--formula", "C2H6O", "--out", tmp_path / "out.sdf", "--force").code == 0
    assert len(read(tmp_path / "out.sdf")) == 1


def test_an_output_is_needed_unless_a_file_is_repeated(generate):
    generate("--formula", "C2H6O").assert_refused("--out")


def test_a_damaged_model_is_refused(generate, tmp_path):
    folder = save_random_model(tmp_path / "damaged", 3)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    asked = ("--formula", "C2H6O", "--out", tmp_path / "out.sdf", "--model", folder)
    generate(*asked).assert_refused("do not match its card")
    (folder / "card.json").write_text("{")
    generate(*asked).assert_refused("card")


def test_only_the_first_structure_of_a_file_is_the_scaffold(generate, tmp_path, two_waters):
    asked = ("--formula", "H4O2", "--scaffold", two_waters, "--lock-atoms", "1-3", "--out", tmp_path / "out.sdf")
    result = generate(*asked)
    assert result.code == 0
    assert "holds 2 structures; the first" in result.stderr


def test_the_picture_shows_bonds(generate, tmp_path, monkeypatch):
    from gpff_desktop.viewer import offscreen

    drawn = []

    def render(structure):
        drawn.append(structure)
        return np.zeros((4, 4, 4), np.uint8)

    monkeypatch.setattr(offscreen, "render_structure", render)
    picture = tmp_path / "out.png"
    result = generate("--formula", "C2H6O", "--out", tmp_path / "out.sdf", "--screenshot", picture, "--json")
    assert result.document["screenshot"] == str(picture)
    assert picture.stat().st_size
    assert drawn[0].bonds is not None
    generate("--formula", "CH4", "--out", tmp_path / "b.sdf", "--screenshot", picture).assert_refused("--force")
    generate("--formula", "CH4", "--out", tmp_path / "b.sdf", "--screenshot", "b.jpg").assert_refused(".png")


def test_without_graphics_the_molecules_are_still_written(generate, tmp_path, monkeypatch):
    from gpff_desktop.viewer import offscreen

    def render(structure):
        raise offscreen.OffscreenGraphicsError("no EGL here")

    monkeypatch.setattr(offscreen, "render_structure", render)
    result = generate("--formula", "CH4", "--out", tmp_path / "out.sdf", "--screenshot", tmp_path / "out.png", "--json")
    assert result.code == 0
    assert "warning: no picture" in result.stderr
    assert result.document["screenshot"] is None
    assert len(read(tmp_path / "out.sdf")) == 1


def test_the_model_that_comes_with_the_program_generates(gpff, tmp_path):
    out = tmp_path / "out.sdf"
    result = gpff("generate", "--formula", "CH4O", "--count", 2, "--nfe", 2, "--json", "--out", out)
    assert (result.code, result.document["model"]) == (0, "qm9")
    assert len([mol for mol in Chem.SDMolSupplier(str(out), sanitize=False) if mol]) == 2


def test_the_record_of_a_run_is_json(generate, tmp_path):
    generate("--formula", "CH4", "--out", tmp_path / "out.xyz")
    record = json.loads(read(tmp_path / "out.xyz")[0].properties["GPFF_run"])
    assert record["request"]["formula"] == "CH4"


def test_title_of_structures_is_kept_apart_from_the_scaffold(generate, tmp_path):
    write_structures(tmp_path / "s.xyz", [Structure([8, 1], [[0, 0, 0], [0, 0, 1]], title="mine")])
    asked = ("--formula", "H2O", "--scaffold", tmp_path / "s.xyz", "--lock-atoms", "1", "--out", tmp_path / "o.xyz")
    assert generate(*asked).code == 0
    assert read(tmp_path / "o.xyz")[0].title == "H2O 1"


# Steering


@pytest.mark.parametrize("prior", PRIOR_FORMS)
def test_every_prior_of_the_help_starts_a_run_that_can_be_repeated(gpff, generate, tmp_path, prior):
    first = tmp_path / "first.xyz"
    asked = ("--formula", "C6H11NO", "--scaffold", LACTAM, "--lock-atoms", "1-7", "--out", first)
    if prior.startswith(("conformer", "structure")):
        prior = prior.replace("FILE", str(ETHANOL))
        asked = ("--formula", "C2H6O", "--out", first)
    result = generate(*asked, "--prior", prior)
    assert result.code == 0, result.stderr
    again = gpff("generate", "--repeat", first)
    assert "Largest difference from the file: 0.0000" in again.stdout


def test_every_constraint_and_restraint_of_the_help_holds_in_a_run(generate, tmp_path):
    out = tmp_path / "out.xyz"
    free = [form for form in CONSTRAINT_FORMS if form.partition(":")[0] not in ("rigid", "plane", "torsion")]
    given = [part for form in free for part in ("--constraint", form)]
    given += [part for form in RESTRAINT_FORMS for part in ("--restraint", form.replace("1-2", "5-6"))]
    result = generate("--formula", "C3H8O", *given, "--out", out)
    assert result.code == 0, result.stderr
    x = read(out)[0].positions
    assert np.linalg.norm(x[0] - x[1]) == pytest.approx(1.54, abs=1e-3)
    np.testing.assert_allclose(x[0], [0, 0, 2], atol=1e-3)
    assert read(out)[0].properties["GPFF_constraints"].count(";") == len(free) + len(RESTRAINT_FORMS) - 1


def test_a_conformer_starts_beside_the_scaffold(generate, tmp_path):
    out = tmp_path / "out.xyz"
    asked = ("--formula", "C6H9NO", "--scaffold", LACTAM, "--lock-atoms", "1-7", "--prior", "conformer:CC")
    generate(*asked, "--out", out).assert_refused("the two must agree")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--prior", "magic"), ("'magic' is no prior", "isotropic:1.5", "conformer:CCO:0.3")),
        (("--prior", "isotropic:wide"), ("write it such as isotropic:1.5",)),
        (("--prior", "isotropic:-1"), ("start width must be positive",)),
        (("--prior", "sphere:0,0:1"), ("write it such as sphere:0,0,0:3",)),
        (("--prior", "around:1:1.0"), ("cannot start around atom 1",)),
        (("--prior", "conformer:((:0.1"), ("SMILES",)),
        (("--prior", "structure:nowhere.sdf:0.1"), ("nowhere.sdf",)),
        (("--constraint", "magic:1"), ("'magic:1' is no constraint", "distance:1-2:1.54", "shape:4,1,1")),
        (("--constraint", "distance:1-2"), ("write it such as distance:1-2:1.54",)),
        (("--constraint", "distance:1-1:1.5"), ("names atom 1 twice",)),
        (("--constraint", "distance:1-99:1.5"), ("there is no atom 99 among 9",)),
        (("--constraint", "rigid:1-3"), ("no known shape",)),
        (("--constraint", "sphere:0,0,0:0.1"), ("too small for 9 atoms",)),
        (("--constraint", "distance:1-2:1", "--constraint", "distance:2-1:2"), ("contradicts",)),
        (("--restraint", "distance:1-2:1.5"), ("write it such as distance:1-2:1.54:2", "weight last")),
        (("--restraint", "distance:1-2:1.5:0"), ("weight of a distance must be positive",)),
        (("--restraint", "rigid:1-6:2"), ("is no restraint",)),
    ],
)
def test_steering_that_cannot_be_costs_one_line(generate, tmp_path, arguments, words):
    generate("--formula", "C2H6O", *arguments, "--out", tmp_path / "out.sdf").assert_refused(*words)
    assert not list(tmp_path.iterdir())


def test_relax_meets_constraints(gpff, tmp_path):
    out = tmp_path / "out.xyz"
    asked = ("relax", ETHANOL, "--model", "tiny", "--nfe", 3, "--out", out)
    result = gpff(
        *asked, "--constraint", "distance:1-2:1.7", "--constraint", "rigid:3-5", "--restraint", "angle:1-2-3:120:1"
    )
    assert result.code == 0, result.stderr
    before, after = read(ETHANOL)[0].positions, read(out)[0].positions
    assert np.linalg.norm(after[0] - after[1]) == pytest.approx(1.7, abs=1e-3)
    assert np.linalg.norm(after[2] - after[4]) == pytest.approx(np.linalg.norm(before[2] - before[4]), abs=1e-3)
    gpff(*asked, "--force", "--lock-atoms", "1,2", "--constraint", "distance:1-2:1.7").assert_refused(
        "cannot be met", "unlock"
    )


@pytest.mark.parametrize("command", ["generate", "relax"])
def test_the_help_shows_how_to_steer(gpff, command):
    text = " ".join(gpff(command, "--help").stdout.split())
    for word in ("--constraint", "--restraint", "distance:1-2:1.54"):
        assert word in text
