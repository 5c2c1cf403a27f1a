"""A pretend CUDA device for machines without one: real numbers, kept by the processor, under CUDA's rules.

A tensor on it wraps one on the CPU. What CUDA refuses is refused: tensors of two devices in one operation, NumPy
arrays of device tensors, generators of the other device. Data flow as on a real device, so that control flow that
depends on them runs; speed, rounding, compiled kernels and memory are those of the CPU.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

DEVICE = torch.device("cuda:0")
_MIXED = "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"
_ATEN = torch.ops.aten
_SUBSCRIPTS = {torch.Tensor.__getitem__, torch.Tensor.__setitem__}
_INDEXING = {_ATEN.index.Tensor, _ATEN.index_put.default, _ATEN.index_put_.default, *_SUBSCRIPTS}
_COPYING = {_ATEN.copy_.default, _ATEN._to_copy.default}


class PretendTensor(torch.Tensor):
    """A tensor that says it is on `cuda:0`.

    To torch's own C++ it is on `backend`: `meta`, which has gradients in a build without CUDA, or `cuda`, which has
    none there but CUDA's rules of mixed precision.

    Parameters
    ----------
    kept
        The tensor on the CPU that holds its values.
    """

    backend = torch.device("meta")

    @staticmethod
    def __new__(cls, kept: torch.Tensor) -> PretendTensor:
        made: PretendTensor = torch.Tensor._make_wrapper_subclass(
            cls, kept.size(), kept.stride(), kept.storage_offset(), dtype=kept.dtype, device=cls.backend
        )
        made.kept = kept.detach()
        return made

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _computed(func, args, kwargs or {})

    @property
    def device(self) -> torch.device:
        return DEVICE

    @property
    def is_cuda(self) -> bool:
        return True

    @property
    def is_meta(self) -> bool:
        return False

    def cpu(self) -> torch.Tensor:
        return self.to("cpu")

    def tolist(self) -> Any:
        return self.kept.tolist()

    def numpy(self, **options: Any) -> Any:
        raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first.")

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.numpy()

    def new_tensor(self, data: Any, dtype: torch.dtype | None = None, device: Any = DEVICE) -> torch.Tensor:
        return torch.tensor(data, dtype=dtype or self.dtype, device=device)

    def __deepcopy__(self, memo: dict[int, Any]) -> torch.Tensor:
        copied = PretendTensor(self.kept.clone()).requires_grad_(self.requires_grad)
        return torch.nn.Parameter(copied, self.requires_grad) if isinstance(self, torch.nn.Parameter) else copied

    def __repr__(self, **options: Any) -> str:
        return f"PretendTensor({self.kept})"


class PretendGenerator(torch.Generator):
    """A generator that says which device it is of; both draw what the CPU's draws."""

    def __new__(cls, device: Any = "cpu") -> PretendGenerator:
        made = super().__new__(cls, "cpu")
        made._of = torch.device(device)
        return made

    @property
    def device(self) -> torch.device:
        return self._of


def _computed(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """What an operation gives on the device that its tensors, or else its keywords, ask for.

    Raises
    ------
    RuntimeError
        If its tensors are of two devices where CUDA would not have it.
    """
    wanted = kwargs.get("device")
    tensors = list(_tensors((*args, *kwargs.values())))
    ours = [t for t in tensors if isinstance(t, PretendTensor)]
    if not ours and wanted is None:
        return func(*args, **kwargs)
    if ours and len(ours) < len(tensors):
        _check_one_device(func, args, [t for t in tensors if not isinstance(t, PretendTensor)])
    if wanted is not None:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    result = func(*map(_kept, args), **{name: _kept(value) for name, value in kwargs.items()})
    first_is_ours = isinstance(args[0], PretendTensor) if func is _ATEN.copy_.default else bool(ours)
    if not (first_is_ours if wanted is None else _is_device(wanted)):
        return result
    return _wrapped(result, {id(t.kept): t for t in ours})


def _tensors(values: Any) -> Iterator[torch.Tensor]:
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


def _check_one_device(func: Any, args: Any, strangers: list[torch.Tensor]) -> None:
    if func in _COPYING:
        return
    if func in _INDEXING and isinstance(args[0], PretendTensor):
        strangers = [t for t in args[2:3] if not isinstance(t, PretendTensor) and t.dim()]
    elif torch.Tag.pointwise in func.tags:
        strangers = [t for t in strangers if t.dim()]
    if strangers:
        raise RuntimeError(f"{_MIXED} (in {func})")


def _kept(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(_kept, value))
    return value.kept if isinstance(value, PretendTensor) else value


def _wrapped(result: Any, known: dict[int, PretendTensor]) -> Any:
    """Results on the device; an operation in place returns the tensor that it was given."""
    if isinstance(result, list | tuple):
        return type(result)(_wrapped(part, known) for part in result)
    if not isinstance(result, torch.Tensor):
        return result
    return known[id(result)] if id(result) in known else PretendTensor(result)


def _is_device(device: Any) -> bool:
    """Whether a device, however it is written, is the pretended one."""
    return torch.device(device).type in ("cuda", PretendTensor.backend.type)


class _Operations(TorchDispatchMode):
    """Operations that make tensors on the device out of nothing, deep within others."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _computed(func, args, kwargs or {})


class _Functions(TorchFunctionMode):
    """Functions that name a device, before torch looks for it."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is torch.Tensor.to:
            return _moved(args[0], args[1:], kwargs)
        ours = bool(args) and any(isinstance(t, PretendTensor) for t in args)
        if ours and func in _SUBSCRIPTS and PretendTensor.backend.type == "cuda":
            return _computed(func, args, kwargs)  # torch's own C++ would look for the device
        if ours and func in _SUBSCRIPTS:
            args = (args[0], _index(args[1]), *args[2:])
        device, generator = kwargs.get("device"), kwargs.get("generator")
        there = device is not None and _is_device(device)
        if generator is not None:
            _check_generator(generator, there or ours)
        if not there:
            return func(*args, **kwargs)
        if func is torch.as_tensor and isinstance(args[0], torch.Tensor):
            return _moved(args[0], (device, kwargs.get("dtype")), {})
        if ours:
            return func(*args, **{name: value for name, value in kwargs.items() if name != "device"})
        return PretendTensor(func(*args, **{**kwargs, "device": "cpu"}))


def _check_generator(generator: torch.Generator, there: bool) -> None:
    if _is_device(generator.device) != there:
        wanted, found = ("cuda", "cpu") if there else ("cpu", "cuda")
        raise RuntimeError(f"Expected a '{wanted}' device type for generator but found '{found}'")


def _moved(tensor: torch.Tensor, args: Any, kwargs: dict[str, Any]) -> torch.Tensor:
    """`tensor.to(…)` to a device, a type, both, or those of another tensor."""
    if args and isinstance(args[0], torch.Tensor):
        args = (args[0].device, args[0].dtype)
    named = [value for value in (*args, *kwargs.values()) if value is not None]
    for device in (value for value in named if isinstance(value, str | torch.device)):
        if _is_device(device) != isinstance(tensor, PretendTensor):
            if torch.is_grad_enabled() and tensor.requires_grad:
                raise NotImplementedError("gradients do not cross to the pretend device")
            tensor = PretendTensor(tensor.detach().clone()) if _is_device(device) else tensor.detach().kept.clone()
    for dtype in (value for value in named if isinstance(value, torch.dtype)):
        tensor = tensor.type(dtype)
    return tensor


def _index(index: Any) -> Any:
    """An index with its lists as tensors, which torch would otherwise make on the device itself."""
    if isinstance(index, tuple):
        return tuple(map(_index, index))
    if isinstance(index, list | range):
        return torch.tensor(list(index)) if len(index) else torch.zeros(0, dtype=torch.int64)
    return index


@contextlib.contextmanager
def pretend_cuda(backend: str = "meta") -> Iterator[torch.device]:
    """One CUDA device, pretended: `torch.cuda` says it is there and tensors can be put on it.

    Parameters
    ----------
    backend
        See `PretendTensor`: `meta` for gradients, `cuda` for mixed precision.
    """
    says = {
        "is_available": lambda: True,
        "device_count": lambda: 1,
        "current_device": lambda: 0,
        "get_device_name": lambda device=None: "a pretended card",
        "get_device_capability": lambda device=None: (8, 0),
        "is_bf16_supported": lambda including_emulation=True: True,
        "synchronize": lambda device=None: None,
    }
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.multiple(torch.cuda, **says))
        stack.enter_context(mock.patch.object(torch, "Generator", PretendGenerator))
        stack.enter_context(mock.patch.object(PretendTensor, "backend", torch.device(backend)))
        # `module.to(device)` gives a module new parameters: those on the CPU cannot become others in place.
        stack.callback(torch.__future__.set_overwrite_module_params_on_conversion, False)
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        stack.enter_context(_Operations())
        stack.enter_context(_Functions())
        yield DEVICE
