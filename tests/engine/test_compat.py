"""SchNetPack beside any torch, and without what the engine does not need."""

import subprocess
import sys


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_engine_does_not_load_the_training_stack():
    code = "import sys, gpff_desktop.engine.field; print('pytorch_lightning' in sys.modules, 'rdkit' in sys.modules)"
    assert run(code) == "False False"


def test_all_of_schnetpack_is_there_when_it_is_asked_for():
    code = (
        "import gpff_desktop.engine.field, schnetpack; from schnetpack.data import ASEAtomsData; "
        "print(schnetpack.AtomisticTask.__name__, schnetpack.nn.Dense.__name__, schnetpack.__version__.count('.'))"
    )
    assert run(code) == "AtomisticTask Dense 2"
