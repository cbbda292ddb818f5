"""Offer files of a server spoilt at random, from a seed: a price set that can be read, or an error and nothing written.

`TCO_FUZZ` and `TCO_FUZZ_SEED` are those of `test_mutations`.
"""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any, Literal

import pytest
from fuzz.test_mutations import MUTANTS, SEED, SIGNS, spoilt

from tco.catalog.prices import read_book
from tco.errors import InputError

httpx = pytest.importorskip("httpx")
pytest.importorskip("ijson")

from refresh.offers import Answer, price_list_server, product  # noqa: E402

from tco.refresh.download import Downloader  # noqa: E402
from tco.refresh.prices import refresh_prices  # noqa: E402

pytestmark = [pytest.mark.server, pytest.mark.slow]
PRODUCTS = [
    product("READ", "", [("0.0000001500", "ReadRequestUnits")], usagetype="EU-ReadRequestUnits"),
    product("STORE", "", [("0", "GB-Mo", "0", "25"), ("0.2830000000", "GB-Mo", "25", "Inf")],
            usagetype="EU-TimedStorage-ByteHrs"),
]  # fmt: skip
LONG = ("9" * 5000, "[" * 500, "1e999", "-1", "NaN", "0", "9999-12-31", "=1+1", "\u202e")


def spoilt_bytes(content: bytes, chance: random.Random) -> bytes:
    """A file with some of its text replaced, or cut off, doubled or in another encoding."""
    if chance.random() < 0.3:
        odd = (content[: chance.randrange(len(content))], content * 2, b"", content.replace(b"\n", b"\r\n"),
               content.decode().encode("utf-16"), b"\xef\xbb\xbf" + content, b"\xff" + content)  # fmt: skip
        return chance.choice(odd)
    letters = list(content.decode())
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(len(letters))
        letters[place : place + chance.randint(0, 12)] = chance.choice((*LONG, *SIGNS))
    return "".join(letters).encode("utf-8", "replace")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_spoilt_offer_is_a_set_or_an_error_in_words(tmp_path: Path, form: Literal["csv", "json"]) -> None:
    chance, said, good = random.Random(f"{SEED} {form}"), list[str](), 0
    with price_list_server() as server:
        place = f"{server.offer('AmazonDynamoDB', PRODUCTS)}.{form}"
        whole = server.answers[place][0].body
        for number in range(MUTANTS // 4):
            content = spoilt_bytes(whole, chance)
            if form == "json" and chance.random() < 0.5:
                changed: Any = spoilt(json.loads(whole), chance)
                content = json.dumps(changed).encode("utf-8", "replace")
            server.answers[place] = [Answer(content)]
            files, out = Downloader(server.address, wait=lambda seconds: None), tmp_path / str(number)
            try:
                refresh_prices("AmazonDynamoDB", "eu-west-1", out, form=form, downloader=files)
            except InputError as error:
                said += [problem.message for problem in error.problems]
                assert [*tmp_path.rglob("*")] in ([], [out]), content
            except Exception as error:
                raise AssertionError(f"{type(error).__name__} of {content!r}") from error
            else:
                good += 1
                read_book.__wrapped__(str(out))
            shutil.rmtree(out, ignore_errors=True)
    assert good
    assert said
    assert all(message.strip() for message in said)
