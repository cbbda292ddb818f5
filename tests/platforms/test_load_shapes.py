"""Load shapes from names, values and logs of requests."""

import os
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.errors import InputError
from tco.platforms.load_shapes import LoadShape, load_shape, load_shape_from_log, named_load_shapes


@pytest.mark.parametrize("name", sorted(named_load_shapes()))
def test_every_named_shape_is_described_sourced_and_has_mean_one(name):
    shape = load_shape(name)
    assert len(shape.description) > 30
    assert shape.source.kind in ("judgement", "derived", "published", "measured")
    assert shape.reads.size in (24, 168)
    assert shape.reads.mean() == pytest.approx(1)


def test_peak_to_mean_by_hand():
    # four hours at 10 and twenty at 1: mean 60 / 24 = 2.5, peak 10 / 2.5 = 4
    assert load_shape("nightly_batch").peak_to_mean == pytest.approx(4)


@given(st.lists(st.floats(0, 1e6), min_size=24, max_size=24).filter(lambda values: sum(values) > 1e-3))
def test_own_values_are_scaled_and_may_stand_as_text(values):
    shape = load_shape(values)
    assert shape.reads.mean() == pytest.approx(1)
    assert shape.peak_to_mean >= 1 - 1e-9
    text = ",".join(map(repr, values))
    assert np.array_equal(load_shape(text).reads, shape.reads)


def test_levels_are_the_distinct_hours_with_their_number():
    values, hours = load_shape("nightly_batch").levels("reads")
    assert values.tolist() == pytest.approx([0.4, 4.0])
    assert hours.tolist() == [20, 4]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("diurnl", "did you mean 'diurnal'"),
        ([1, 2, 3], "24 or 168"),
        ([0] * 24, "above 0"),
        ([1] * 23 + [-1], "0 or more"),
        ([1] * 23 + [float("nan")], "0 or more"),
        ([1] * 23 + ["x"], "0 or more"),
        ("1,2,x", "numbers with commas"),
        (7, "24 or 168 hourly values"),
        ("no_such_file.csv", "No such file"),
    ],
)
def test_wrong_loads_say_what_would_be_right(value, said):
    with pytest.raises(InputError, match=said):
        load_shape(value)


def log(tmp_path, rows, header="timestamp,requests"):
    file = tmp_path / "requests.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return file


def test_two_days_of_a_log_average_to_24_hours(tmp_path):
    # 100 requests at 09:00 on the first day and 300 on the second, 4 rows each; 10 in every other hour of both
    # days: mean of nine o'clock (100 + 300) / 2 = 200, mean of all 24 hours (200 + 23 x 10) / 24 = 17.917
    start = datetime.fromisoformat("2026-03-02")
    rows = []
    for hour in range(48):
        moment = start + timedelta(hours=hour)
        count = 10 if moment.hour != 9 else (100 if hour < 24 else 300)
        rows += [f"{moment + timedelta(minutes=15 * part)},{count / 4}" for part in range(4)]
    shape = load_shape(str(log(tmp_path, rows)))
    assert shape.reads.size == 24
    assert shape.reads[9] == pytest.approx(200 / (430 / 24))
    assert shape.reads[8] == pytest.approx(10 / (430 / 24))
    assert shape.source.kind == "measured"


def test_a_week_of_reads_and_writes_gives_168_hours_each(tmp_path):
    start = datetime.fromisoformat("2026-03-04T05:00")  # a Wednesday
    rows = [f"{(start + timedelta(hours=h)).isoformat()}Z,{h % 24},{1 if h else 25}" for h in range(168)]
    shape = load_shape_from_log(log(tmp_path, rows, "timestamp,reads,writes"))
    assert shape.reads.size == 168
    assert shape.reads.mean() == pytest.approx(1)
    wednesday_five = 2 * 24 + 5
    assert shape.writes.argmax() == wednesday_five
    assert shape.writes.max() == pytest.approx(25 / (192 / 168))


def test_writes_that_come_in_some_hours_only_keep_their_own_shape(tmp_path):
    # 24 hours of one read; 12 writes at 02:00 and none else, so that two o'clock has 24 times the mean
    rows = [f"2026-03-02T{hour:02}:00,1,{12 if hour == 2 else 0}" for hour in range(24)]
    shape = load_shape_from_log(log(tmp_path, rows, "timestamp,reads,writes"))
    assert shape.reads.tolist() == [1] * 24
    assert shape.writes.tolist() == [0, 0, 24, *[0] * 21]
    swapped = load_shape_from_log(log(tmp_path, rows, "timestamp,writes,reads"))
    assert (swapped.reads.tolist(), swapped.writes.tolist()) == (shape.writes.tolist(), shape.reads.tolist())


def test_levels_are_those_of_the_calls_that_are_asked_for():
    shape = LoadShape("", "", None, reads=np.array([2.0, *[1.0] * 22, 0.0]), writes=np.ones(24))
    assert [values.tolist() for values in shape.levels("reads")] == [[0, 1, 2], [1, 22, 1]]
    assert [values.tolist() for values in shape.levels("writes")] == [[1], [24]]


@pytest.mark.parametrize("header", ["timestamp,reads,writes", "timestamp,writes,reads"])
def test_calls_of_a_kind_that_never_come_have_the_shape_of_the_others(tmp_path, header):
    rows = [f"2026-03-02T{hour:02}:00,0,{12 if hour == 2 else 0}" for hour in range(24)]
    shape = load_shape_from_log(log(tmp_path, rows, header))
    assert shape.reads.tolist() == shape.writes.tolist() == [0, 0, 24, *[0] * 21]


def test_hours_that_a_log_has_twice_count_as_much_as_those_it_has_once(tmp_path):
    # 36 hours alike: the first twelve hours of a day come twice
    rows = [f"2026-03-0{2 + hour // 24}T{hour % 24:02}:00,10" for hour in range(36)]
    assert load_shape_from_log(log(tmp_path, rows)).reads.tolist() == [1] * 24


def test_rows_of_one_hour_are_added_up(tmp_path):
    rows = [f"2026-03-02T{hour:02}:00,1,2" for hour in range(24)] + ["2026-03-02T02:30,4,1"]
    shape = load_shape_from_log(log(tmp_path, rows, "timestamp,reads,writes"))
    assert shape.reads[2] == pytest.approx(5 / (28 / 24))
    assert shape.writes[2] == pytest.approx(3 / (49 / 24))


def test_a_blank_count_is_none(tmp_path):
    rows = [f"2026-03-02T{hour:02}:00,{'' if hour == 2 else 1},1" for hour in range(24)]
    assert load_shape_from_log(log(tmp_path, rows, "timestamp,reads,writes")).reads[2] == 0


def test_hours_of_a_log_with_an_offset_are_those_of_utc(tmp_path):
    rows = [f"2026-03-02T{hour:02}:00+02:00,{5 if hour == 9 else 1}" for hour in range(24)]
    assert load_shape_from_log(log(tmp_path, rows)).reads.argmax() == 7


def test_an_hour_without_a_row_had_no_request(tmp_path):
    rows = [f"2026-03-02T{hour:02}:00,10" for hour in range(24) if hour != 12]
    assert load_shape_from_log(log(tmp_path, rows)).reads[12] == 0


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        ("timestamp,requests", [], "no row"),
        ("timestamp,requests", ["2026-03-02T00:00,5"], "a day or more"),
        ("timestamp,request", ["2026-03-02T00:00,5"], "did you mean 'requests'"),
        ("timestamp", ["2026-03-02T00:00"], "the columns timestamp"),
        ("timestamp,reads,requests", ["2026-03-02T00:00,5,5"], "not both"),
        ("timestamp,requests", ["yesterday,5"], "line 2"),
        ("timestamp,requests", [",5"], "line 2"),
        ("timestamp,requests", ["2026-03-02T00:00,many"], "line 2"),
        ("timestamp,requests", ["2026-03-02T00:00,-1"], "0 or more"),
        ("timestamp,reads,writes", ["2026-03-02T00:00,1,-1"], "0 or more"),
        ("timestamp,requests", ["2026-03-02T00:00Z,1", "2026-03-03T00:00,1"], "offset"),
        ("timestamp,requests", ["2026-03-02T00:00,0", "2026-03-03T00:00,0"], "no request"),
        ("timestamp,requests", ["2026-03-02T00:00,1_000"], "line 2: should be a number"),
        ("timestamp,requests", ["2026-03-02T00:00,1,5"], "line 2: must have 2 cells .* decimal point"),
        ("timestamp,requests", ["2026-03-02T00:00"], "line 2: must have 2 cells"),
        ("timestamp,requests", ["x" * 400_000 + ",1"], "is not a CSV file: field larger"),
        ("timestamp,requests", ["0026-03-02T00:00,1", "2026-03-03T00:00,1"], "ten years"),
    ],
)
def test_a_faulty_log_is_refused_with_its_place(tmp_path, header, rows, said):
    with pytest.raises(InputError, match=said):
        load_shape_from_log(log(tmp_path, rows, header))


def test_a_log_without_an_end_is_told():
    with pytest.raises(InputError, match="/dev/zero: is not a CSV file: field larger"):
        load_shape_from_log("/dev/zero")


def test_a_log_that_has_changed_is_read_again(tmp_path):
    rows = [f"2026-03-02T{hour:02}:00,10" for hour in range(24)]
    file = log(tmp_path, rows)
    assert load_shape(str(file)).peak_to_mean == 1
    file.write_text("\n".join(["timestamp,requests", *rows, "2026-03-02T05:30,10"]), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert load_shape(str(file)).reads.argmax() == 5
