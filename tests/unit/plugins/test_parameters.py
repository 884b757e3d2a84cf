"""Parameters of plugins: declaration, types, ranges, and text from a command line."""

import numpy as np
import pytest

from steadyvoice.workers.plugins.plugin import Parameter, PluginRefused, parameters_of


class Sample:
    db = Parameter(-6.0, -60, 24, "dB", "gain")
    taps = Parameter(3, 1, 9)
    on = Parameter(True)
    mode = Parameter("add", choices=("add", "replace"))
    name = Parameter("")
    low = Parameter(1.0, 0)
    high = Parameter(1, None, 5)


class More(Sample):
    q = Parameter(0.7)
    db = Parameter(0.0, 0, 1)


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("db", "-12", -12.0), ("db", 3, 3.0), ("db", np.float32(0.5), 0.5), ("db", "24", 24.0), ("db", -60, -60.0),
        ("taps", "4", 4), ("taps", np.int64(9), 9),
        ("on", "off", False), ("on", "Yes", True), ("on", "0", False), ("on", False, False),
        ("mode", "replace", "replace"), ("name", "any text, of course", "any text, of course"),
        ("low", "1e9", 1e9), ("high", -7, -7),
    ],
)  # fmt: skip
def test_a_value_takes_the_type_of_the_default(name: str, given: object, value: object) -> None:
    sample = Sample()
    setattr(sample, name, given)
    assert getattr(sample, name) == value
    assert type(getattr(sample, name)) is type(value)
    assert getattr(Sample(), name) == getattr(Sample, name).default  # other instances have their own


@pytest.mark.parametrize(
    ("name", "given", "takes"),
    [
        ("db", "99", "-60 to 24 dB"), ("db", "nan", "-60 to 24 dB"), ("db", "-inf", "-60 to 24 dB"),
        ("db", "loud", "-60 to 24 dB"), ("db", True, "-60 to 24 dB"), ("db", None, "-60 to 24 dB"),
        ("taps", "2.5", "1 to 9"), ("taps", 2.5, "1 to 9"), ("taps", "0", "1 to 9"),
        ("on", "maybe", "on or off"), ("on", 1, "on or off"),
        ("mode", "Add", "add, replace"), ("name", 5, "text"),
        ("low", -1, "a number from 0"), ("low", "inf", "a number from 0"), ("high", 6, "a whole number up to 5"),
    ],
)  # fmt: skip
def test_another_value_is_refused_with_what_the_parameter_takes(name: str, given: object, takes: str) -> None:
    sample = Sample()
    with pytest.raises(PluginRefused) as refused:
        setattr(sample, name, given)
    assert str(refused.value) == f"{name} is {given}; it takes {takes}"
    assert refused.value.code == "bad_parameter"
    assert getattr(sample, name) == getattr(Sample, name).default


def test_parameters_are_listed_in_the_order_of_their_declaration() -> None:
    assert list(parameters_of(Sample)) == ["db", "taps", "on", "mode", "name", "low", "high"]
    assert list(parameters_of(More())) == ["db", "taps", "on", "mode", "name", "low", "high", "q"]
    assert parameters_of(More)["db"].high == 1
    assert [each.type_name for each in parameters_of(Sample).values()][:5] == ["float", "int", "bool", "choice", "str"]


def test_a_declaration_is_checked() -> None:
    with pytest.raises(PluginRefused, match=r"the default is 5\.0; it takes 0 to 1 s"):
        Parameter(5.0, 0, 1, "s")
    with pytest.raises(TypeError, match="not list"):
        Parameter([])  # type: ignore[type-var]
