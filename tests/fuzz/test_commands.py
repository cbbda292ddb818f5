"""Every command with options, files and variables spoilt at random, from a seed: a result, or an error in words.

Options are those that the commands have, so that a new one is tried as well. A command that fails leaves no file
behind, and what is no number is no result. `TCO_FUZZ` and `TCO_FUZZ_SEED` are those of `test_mutations`.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
import shutil
from pathlib import Path
from typing import Any

import click
import nbformat
import pytest
import small_fleets
import yaml
from click.testing import CliRunner
from fuzz.test_mutations import COMPLETE, MUTANTS, ODD, SEED, SIGNS, places, spoilt
from small_notebooks import notebook_of

from tco.cli import main

pytestmark = pytest.mark.slow

LINES = (
    "calendar shop.yaml", "calendar --engine mysql --version 8.0 --from 2026-01-01 --to 2029-01-01",
    "calibrate shop.yaml --bill bill.csv", "check shop.yaml other.yaml", "check batch.yaml", "claim claim.yaml",
    "compare shop.yaml --draws 0", "compare shop.yaml --draws 0 --upgrade-log log.csv",
    "diff shop.yaml other.yaml --draws 0",
    "explain shop.yaml --option stay --category downtime", "import fleet.csv", "import instances.json clusters.json",
    "import terraform.tfstate", "ledger shop.yaml", "lifecycle --engine mysql", "mix shop.yaml", "notebooks copy mine",
    "plan shop.yaml", "price rds engine=mysql instance_class=db.r6g.large storage_gb=100 --region us-east-1",
    "price dynamodb reads_per_month=1e6 --region us-east-1 --prices own.yaml", "prices --service AmazonDynamoDB",
    "rank shop.yaml", "steelman shop.yaml --draws 0", "wait shop.yaml", "what-if shop.yaml",
    "report batch.yaml --out /dev/null",
)  # fmt: skip
"""Lines that succeed, but the last: reports are tried up to where one would be made."""
WORDS = (
    "", " ", "x", "0", "1", "-1", "0.5", "1e300", "1e-300", "nan", "inf", "-inf", "9" * 50, "2026-02-30", "2026-11-01",
    "9999-12-31", "0001-01-01", "2027-11..2028-01", "2028-01..2027-11", "=1+1", "10,100", "10,,100", "1_0", "010",
    "1:30", "stay", "dynamodb", "stay,dynamodb", "stay,sty", "STAY", "version upkeep", "downtime", "shop", "shop,shop",
    "shop=sun", "sun 22:00-04:00", "shop.yaml", "no/such/x", "shop.yaml/x", ".", "..", "/", "/dev/full", "mine.csv",
    "ftp://x/y", "s3:/x", "a\nb", "\u202e", "é" * 300, "mysql", "8.0", "newest", "asap:0", "us-east-1", "us-esat-1",
    "labour.engineer_rate", "fleet.shop.clusters", "stay>1", "npv>nan",
)  # fmt: skip
VALUES = (
    "", "0", "1", "-1", "0.5", "nan", ".nan", ".inf", "1e999", "1e300", "010", "1:30", "8.0", "x", "[1, 2]", "[" * 200,
    "{low: 1, high: 2}", "{low: 2, high: 1}", "{value: 1, hgih: 2}", "{low: 1", "2026-02-30", "null", "true", "&a *a",
    "!!python/name:x", "stay", "fit",
)  # fmt: skip
"""What stands behind the = of an assignment."""
VARIABLES = {
    "TCO_PRICES": ("sets", "no/such", "shop.yaml", ""),
    "TCO_PROCESSES": ("abc", "0", "-1", "1e3", "", "1"),
    "TCO_ENGINE": ("foo", "", "papermill"),
    "COLUMNS": ("0", "1", "abc", "-5", "20", "100000"),
}
SOURCE = COMPLETE["prices"][0]["source"]
BATCH = {
    "name": "some", "scenarios": ["shop.yaml"], "notebooks": {"small.ipynb": {"n": 3}}, "fleet_sizes": [10],
    "sweep": {"labour.engineer_rate": [80, 120], "size": {"few": {"fleet.*.clusters": 2}, "more": {"months": 30}}},
    "exclude": [{"size": "few", "labour.engineer_rate": 120}], "today": "2026-11-01", "timeout": 60,
}  # fmt: skip
CLAIM = {"subject": "outage", "inputs": {"minutes": 1}, "claimed": 5600, "unit": "USD", "date": "2026-11-01",
         "link": "https://example.org"}  # fmt: skip
OWN = [{"service": "AmazonDynamoDB", "region": "us-east-1", "item": "storage", "price": 0.2, "source": SOURCE}]
BILL = """\
ServiceName,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,BilledCost,EffectiveCost,ListCost,BillingCurrency,RegionId,\
PricingQuantity,x_UsageType
AmazonRDS,Usage,2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,500,500,500,USD,us-east-1,2880,InstanceUsage:db.r6g.large
AmazonRDS,Tax,2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,90,90,90,USD,us-east-1,1,
"""
LOG = """\
cluster,engine,from,to,hours,minutes_down,failed,method,date
shop,rds_mysql,5.7,8.0,120,12,no,in_place,2026-03-01
"""
RATES = """\
service,region,item,engine,instance_class,deployment,term,unit,price,tier_from,tier_to,valid_from,valid_to,observed_on,\
source,sku,confidence,note
AmazonRDS,us-east-1,storage_gp3,,,multi_az,on_demand,GB-month,0.24,,,2026-10-01,,2026-10-01,list,,high,
"""
INSTANCES = """\
service,region,instance_class,engine,deployment,term,price,valid_from,valid_to,observed_on,source,sku,confidence,note
AmazonRDS,us-east-1,db.r6g.large,mysql,multi_az,on_demand,0.44,2026-10-01,,2026-10-01,list,,high,
"""
SETS = {
    "rates": RATES,
    "instances": INSTANCES,
    "classes": "instance_class,family,vcpu,memory_gib,basis\n",
    "sources": "id,title,link\nlist,A list,https://example.org\n",
}
NO_NUMBER = re.compile(r"(?<![\w.'\"/=-])-?(nan|inf|infinity)(?![\w/.]|, which)", re.IGNORECASE)


def write_inputs(folder: Path) -> None:
    """One file of each kind that commands read, and a folder of price sets."""
    stated = {"shop": COMPLETE, "other": {"based_on": "shop.yaml", "set": {"fleet.shop.clusters": 6}}, "batch": BATCH,
              "claim": CLAIM, "own": {"prices": OWN}}  # fmt: skip
    for name, content in stated.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    cell = 'scenario: str = "quickstart"  # one\nfleet_sizes: list[int] = [10]\nset: dict[str, object] = {}\nn: int = 1'
    nbformat.write(notebook_of(f'{cell}\ntoday: str = ""', "n + 1", tags=[["parameters"]]), folder / "small.ipynb")
    small_fleets.as_csv(folder)
    small_fleets.as_answers(folder)
    small_fleets.as_terraform(folder)
    (folder / "bill.csv").write_text(BILL, "utf-8")
    (folder / "log.csv").write_text(LOG, "utf-8")
    sets = folder / "sets" / "aws-2026-10-01"
    sets.mkdir(parents=True)
    for name, text in SETS.items():
        (sets / f"{name}.csv").write_text(text, "utf-8")


def spoil(file: Path, chance: random.Random) -> None:
    """Spoil a file as what it holds, as a text, or as bytes."""
    kind, data = chance.choice(("kind", "kind", "kind", "text", "bytes")), file.read_bytes()
    text = data.decode("utf-8")
    if kind == "bytes":
        odd = (b"", data[: chance.randrange(len(data))], b"\xef\xbb\xbf" + data, data.replace(b"\n", b"\r\n"), data * 2,
               text.encode("utf-16"), b"\xff" + data, data.replace(b" ", b"\t"), data + b"\x00",
               b"[" * 32_000)  # fmt: skip
        file.write_bytes(chance.choice(odd))
        return
    if kind == "text":
        letters = list(text)
        for _ in range(chance.randint(1, 5)):
            place = chance.randrange(len(letters) + 1)
            letters[place : place + chance.randint(0, 3)] = chance.choice(SIGNS) * chance.choice((1, 1, 50))
        text = "".join(letters)
    elif file.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(text)))
        for _ in range(chance.randint(1, 3)):
            row = chance.choice(rows)
            act = chance.choice(("cell", "cell", "cell", "drop", "more", "twice")) if row else "more"
            if act == "cell":
                row[chance.randrange(len(row))] = chance.choice((*map(str, ODD), *WORDS))
            elif act == "drop":
                del row[chance.randrange(len(row))]
            elif act == "more":
                row.append("x")
            else:
                rows.append(list(row))
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        text = out.getvalue()
    elif file.suffix == ".yaml":
        text = yaml.safe_dump(spoilt(yaml.safe_load(text), chance), allow_unicode=True, sort_keys=False)
    else:
        text = json.dumps(spoilt(json.loads(text), chance))
    file.write_text(text, "utf-8", "surrogatepass")


def options_of(words: list[str]) -> list[click.Option]:
    """The options of the command that a line begins with."""
    command: click.Command = main
    for word in words:
        if isinstance(command, click.Group) and word in command.commands:
            command = command.commands[word]
    return [stated for stated in command.params if isinstance(stated, click.Option)]


def stated_at_random(option: click.Option, chance: random.Random) -> list[str]:
    """An option with a value that it may have, or may not."""
    if option.is_flag:
        return [option.opts[0]]
    if option.type.name in ("path=value", "key=value"):
        paths = [".".join(map(str, path)) for path in places(COMPLETE)]
        path = chance.choice((chance.choice(paths), "labour.engineer_rate", "sizing.peak_utilization", "", "x"))
        return [option.opts[0], f"{path}={chance.choice(VALUES)}"]
    if isinstance(option.type, click.Choice) and chance.random() < 0.7:
        return [option.opts[0], str(chance.choice(list(option.type.choices)))]
    return [option.opts[0], chance.choice(WORDS)]


def contents(folder: Path) -> dict[str, bytes]:
    """All files but tables of coverage, which say why everything was refused."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("coverage.csv")
    }


def faults(done: Any, before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """What no command may do, whatever it is given."""
    printed = done.stdout if done.exit_code == 0 else done.stderr
    silent = not printed.strip() and before == after
    return [
        message
        for message, wrong in {
            f"raises {done.exception!r}": not isinstance(done.exception, SystemExit | None),
            "ends with another code": done.exit_code not in (0, 1, 2),
            "prints a traceback": "Traceback" in done.output,
            "prints a warning of Python": "Warning: " in done.output,
            "says nothing": silent,
            "prints what is no number": done.exit_code == 0 and NO_NUMBER.search(done.stdout),
            "fails and leaves a file": done.exit_code != 0 and before != after,
        }.items()
        if wrong
    ]


def test_a_spoilt_command_prints_a_result_or_an_error_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, codes = random.Random(f"{SEED} commands"), set()
    whole = tmp_path / "whole"
    whole.mkdir()
    write_inputs(whole)
    for number in range(MUTANTS // 8):
        folder = tmp_path / str(number)  # another one each time: books of price sets are kept by their folder
        shutil.copytree(whole, folder)
        words = chance.choice(LINES).split()
        known, variables = options_of(words), dict[str, str]()
        files = [folder / word for word in words if (folder / word).is_file()]
        files += [folder / name for name in ("shop.yaml", "small.ipynb") if "batch.yaml" in words]
        if chance.random() < 0.1:
            variable = chance.choice(list(VARIABLES))
            variables[variable] = chance.choice(VARIABLES[variable])
            if variables[variable] == "sets":
                variables[variable] = str(folder / "sets")
                files = sorted((folder / "sets").rglob("*.csv"))
        if files and chance.random() < 0.5:
            spoil(chance.choice(files), chance)
        for option in chance.sample(known, min(len(known), chance.choice((0, 1, 1, 2)))):
            words += stated_at_random(option, chance)
        if chance.random() < 0.05:
            del words[chance.randrange(1, len(words))]
        before = contents(folder)
        with monkeypatch.context() as patch:
            patch.chdir(folder)
            done = CliRunner().invoke(main, words, env=variables)
        wrong = faults(done, before, contents(folder))
        assert not wrong, f"{words} {variables} in {folder}: {'; '.join(wrong)}: {done.output[-2000:]}"
        codes.add(done.exit_code)
        shutil.rmtree(folder)
    assert codes == {0, 1, 2}
