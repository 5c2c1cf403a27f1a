"""Lets SchNetPack 2.1.1 be imported beside any torch from 2.4 on. Import this module before `schnetpack`.

SchNetPack takes the type variable `T_co` from `torch.utils.data.dataloader`, where torch 2.7 and later no
longer define it. It is used in annotations only, so defining it there is enough.
"""

import typing

from torch.utils.data import dataloader

if not hasattr(dataloader, "T_co"):
    dataloader.T_co = typing.TypeVar("T_co", covariant=True)  # type: ignore[attr-defined]
