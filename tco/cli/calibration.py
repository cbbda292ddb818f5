"""`tco calibrate`: a scenario beside a real bill."""

from __future__ import annotations

from pathlib import Path

import click

from tco.cli import arguments, output, terminal


@click.command(name="calibrate")
@click.argument("scenario")
@click.option(
    "--bill",
    required=True,
    metavar="FILE",
    help="A cost export: a file (CSV, gzipped CSV, Parquet), a folder of them or an address such as s3://bucket/folder.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the scenario with the bill's discount and usage, such as calibrated.yaml.",
)
@output.force_option()
@output.format_option()
@arguments.about_its_scenario
def calibrate_scenario(scenario: str, bill: str, out: Path | None, force: bool, form: str) -> None:
    """What the fleet should cost in a month, beside what was billed.

    Reads FOCUS 1.0 to 1.3, CUR 2.0 and the older Cost and Usage Report, by their columns. Each line is labelled list
    (billed at the list price), billed (at another price), estimated (modelled, not on the bill) or not priced (on the
    bill, not in the scenario), with the reason of its difference. Needs the extra bills: pip install "tco[bills]".
    """
    import tco

    if out is not None:
        output.refuse_existing(out, force)
    frame = tco.calibrate(scenario, bill)
    output.print_frame(frame, form, whole=("reason", "modelled", "billed", "difference"))
    for note in frame.attrs["notes"]:
        terminal.say(note, err=True)
    if form == "table":
        sums = frame[["modelled", "billed", "difference"]].sum()
        terminal.say(
            f"\nmodelled {sums['modelled']:,.2f}, billed {sums['billed']:,.2f}, "
            f"difference {sums['difference']:,.2f} USD"
        )
    if out is None:
        return
    body = output.overlay_text(scenario, out, frame.attrs["overlay"])
    text = f"# The scenario as billed: discounts over all months of the bill, usage of its last month.\n{body}"
    output.write_file(out, lambda partial: partial.write_text(text, "utf-8"))
    click.echo(f"{out}: {len(frame.attrs['overlay'])} values", err=True)


COMMANDS = (calibrate_scenario,)
