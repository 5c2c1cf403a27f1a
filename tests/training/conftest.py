"""Training flushes denormal numbers to zero in the whole process, which hypothesis rightly minds."""

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def denormal_numbers() -> Iterator[None]:
    yield
    torch.set_flush_denormal(False)
