"""``dataclass`` as in the standard library, for frozen values with slots, at a fifth of the time to make a class.

The one of the standard library compiles half a dozen functions for each class, which took a tenth of the time of a
question at the command line. Here only ``__init__`` is compiled; the other methods are the same functions for all
classes. ``dataclasses.fields``, ``replace``, ``astuple`` and the like work as they do there, and so does pickling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses
    import sys
    from functools import partial
    from operator import attrgetter
    from reprlib import recursive_repr

    class _Factory:
        """What a parameter is by default whose value a function makes."""

        def __repr__(self):
            return "<factory>"

    _MADE = _Factory()
    _KEY, _HASHED = "__compared__", "__hashed__"

    def dataclass(cls=None, /, *, frozen, slots, eq=True, order=False):
        """A class decorator; ``frozen`` and ``slots`` have to be true."""
        if not (frozen and slots):
            raise TypeError("use dataclasses.dataclass for values that can be changed or have no slots")
        return partial(_make, eq=eq, order=order) if cls is None else _make(cls, eq=eq, order=order)

    def _make(cls, *, eq, order):
        known = cls.__doc__
        # Without any, the standard library writes one, which takes longer than all the rest.
        cls.__doc__ = known or cls.__name__
        cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
        cls.__doc__ = known
        fields = dataclasses.fields(cls)
        params = cls.__dataclass_params__
        params.init = params.repr = params.frozen = True
        params.eq, params.order = eq, order
        compared = _getter([field.name for field in fields if field.compare])
        hashed = [field.name for field in fields if (field.compare if field.hash is None else field.hash)]
        methods = {"__init__": _make_init(cls, fields), **_METHODS}
        if eq:
            methods |= {_KEY: compared, _HASHED: _getter(hashed), "__eq__": _equals, "__hash__": _hash}
        if order:
            methods |= _ORDER
        for name, method in methods.items():
            # As there, what a class defines itself stays.
            if name not in cls.__dict__ or (name == "__hash__" and cls.__dict__[name] is None):
                setattr(cls, name, method)
        return cls

    def _getter(names):
        """A function that gives the values of some attributes as a tuple."""
        if len(names) > 1:
            return staticmethod(attrgetter(*names))
        return staticmethod(lambda value: tuple(getattr(value, name) for name in names))

    def _make_init(cls, fields):
        names = {"_made": _MADE}
        ordinary, by_name, body = [], [], []
        for field in fields:
            name = field.name
            # The slot of a frozen value is written directly.
            names[f"_set_{name}"] = _find_slot(cls, name).__set__
            value = name
            if field.default is not dataclasses.MISSING:
                names[f"_default_{name}"] = field.default
                parameter = f"{name}=_default_{name}"
                value = name if field.init else f"_default_{name}"
            elif field.default_factory is not dataclasses.MISSING:
                names[f"_make_{name}"] = field.default_factory
                parameter = f"{name}=_made"
                value = f"_make_{name}() if {name} is _made else {name}" if field.init else f"_make_{name}()"
            else:
                parameter = name
            if field.init:
                (by_name if field.kw_only else ordinary).append(parameter)
            body.append(f"  _set_{name}(self, {value})")
        if hasattr(cls, "__post_init__"):
            body.append("  self.__post_init__()")
        parameters = ", ".join(["self", *ordinary, *(["*", *by_name] if by_name else [])])
        lines = [
            f"def make({', '.join(names)}):",
            f" def __init__({parameters}):",
            *(body or ["  pass"]),
            " return __init__",
        ]
        made = {}
        # In the module of the class, where its annotations are looked up.
        exec("\n".join(lines), sys.modules[cls.__module__].__dict__, made)
        init = made["make"](**names)
        init.__qualname__ = f"{cls.__qualname__}.__init__"
        init.__module__ = cls.__module__
        init.__annotations__ = {field.name: field.type for field in fields if field.init} | {"return": None}
        return init

    def _find_slot(cls, name):
        return next(base.__dict__[name] for base in cls.__mro__ if name in base.__dict__)

    @recursive_repr()
    def _describe(self):
        shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
        return f"{self.__class__.__qualname__}({', '.join(shown)})"

    def _equals(self, other):
        if other.__class__ is self.__class__:
            return self.__compared__(self) == self.__compared__(other)
        return NotImplemented

    def _hash(self):
        return hash(self.__hashed__(self))

    def _less(self, other):
        if other.__class__ is self.__class__:
            return self.__compared__(self) < self.__compared__(other)
        return NotImplemented

    def _less_or_equal(self, other):
        if other.__class__ is self.__class__:
            return self.__compared__(self) <= self.__compared__(other)
        return NotImplemented

    def _greater(self, other):
        if other.__class__ is self.__class__:
            return self.__compared__(self) > self.__compared__(other)
        return NotImplemented

    def _greater_or_equal(self, other):
        if other.__class__ is self.__class__:
            return self.__compared__(self) >= self.__compared__(other)
        return NotImplemented

    def _refuse_change(self, name, value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_removal(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _get_state(self):
        return [getattr(self, field.name) for field in dataclasses.fields(self)]

    def _set_state(self, state):
        for field, value in zip(dataclasses.fields(self), state, strict=True):
            object.__setattr__(self, field.name, value)

    _METHODS = {
        "__repr__": _describe,
        "__setattr__": _refuse_change,
        "__delattr__": _refuse_removal,
        "__getstate__": _get_state,
        "__setstate__": _set_state,
    }
    _ORDER = {"__lt__": _less, "__le__": _less_or_equal, "__gt__": _greater, "__ge__": _greater_or_equal}
