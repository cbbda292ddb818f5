"""The names that other people's code relies on: each leads to something documented."""

import tco


def test_every_public_name_leads_to_something_documented() -> None:
    assert not [name for name in tco.__all__ if not getattr(tco, name).__doc__]


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(tco, "monte_carlos")
    assert set(tco.__all__) <= set(dir(tco))
