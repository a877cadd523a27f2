"""docs/api.md is what the docstrings say, and says it of every public name."""

import api_page

import sim


def test_the_page_is_the_one_that_the_code_gives() -> None:
    assert api_page.PAGE.read_text(encoding="utf-8") == api_page.page(), (
        "run `python tests/support/api_page.py`"
    )


def test_every_public_name_is_on_it() -> None:
    assert sorted(sim.__all__) == sorted((*api_page.ORDER, *api_page.TYPED_DICTS))
