"""Each row of the review of daily work (2026-11-28) stands as a test of its kind: the table of which one.

A row is named by its number in the review and in a few words. A test is named as pytest names it, without parameters.
"""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from merestone.bulk.answer_file import ENDINGS
from merestone.cli.exit_codes import BAD_INPUT, INTERRUPTED
from merestone.cli.main import main, merestone
from merestone.cli.serve import _example_place
from merestone.law import packaged
from merestone.register import Record, Register
from tests.every_command.driver import command_line
from tests.register.test_store import fill, make_older

ROOT = Path(__file__).parents[2]
EVERY_COMMAND = "every_command/test_every_command.py::test_every_command_that_reads_or_writes_a_register_is_driven"
WALKS = "walks/test_users_of_the_review.py::test_a_walk_goes_through_what_its_user_tried"
ROWS: dict[str, list[str]] = {
    "1.1 a register is destroyed by an output option": [
        "cli/test_outputs.py::test_a_register_is_never_replaced_not_even_by_force",
        "cli/test_outputs.py::test_every_option_that_writes_is_known_as_such_and_has_a_recipe",
    ],
    "1.1 --dry-run writes": ["cli/test_outputs.py::test_a_dry_run_writes_nothing_at_all"],
    "1.1 an input is replaced": ["cli/test_outputs.py::test_an_input_is_never_replaced_not_even_by_force"],
    "1.1 other files are replaced without --force": ["cli/test_outputs.py::test_what_stands_there_stays"],
    "1.2.1 a null row of a struct of points": [
        "exchange/test_positions.py::test_what_is_null_in_any_layout_is_unknown"
    ],
    "1.2.2 the reference system of positions": [
        "exchange/test_positions.py::test_a_stated_reference_system_is_honoured"
    ],
    "1.2.3 a damaged register is answered from": [
        "register/test_soundness.py::test_no_flipped_bit_hides_a_hazard_unsaid",
        "register/test_fuzzing.py::test_damaged_registers_and_packs_never_answer_less_danger_unsaid",
    ],
    "1.2.4 a clock behind the register": [
        "register/test_register.py::test_no_clock_that_lies_behind_the_register_hides_a_hazard",
        "cli/test_screen.py::test_a_clock_that_lies_behind_the_register_is_said_and_hides_nothing",
        "cli/test_doubtful_days.py::test_a_report_says_so_and_doubts_the_clock",
    ],
    "1.2.5 a day mistyped into the future": [
        "register/test_warned.py::test_a_hazard_stated_to_begin_later_warns_already",
        "cli/test_doubtful_days.py::test_what_begins_later_is_updated_named_and_moved_like_the_rest",
    ],
    "1.2.6 an accuracy that is not given": [
        "screening/test_index.py::test_without_a_stated_accuracy_nothing_is_none_recorded"
    ],
    "1.2.7 a gap between segments": [
        "screening/test_track.py::test_a_gap_between_two_segments_is_screened_and_told_with_times_or_without"
    ],
    "1.2.8 areas wider than half the earth": [
        "screening/test_wide_footprints.py::test_a_footprint_wider_than_half_the_earth_meets_what_lies_within",
        "screening/test_wide_footprints.py::test_a_hazard_around_the_earth_is_never_turned_over",
    ],
    "1.3.1 a forgotten --crs, a wrong accuracy": [
        "cli/test_correction.py::test_a_forgotten_reference_system_is_given_later_and_the_row_no_longer_waits",
        "cli/test_correction.py::test_another_accuracy_is_another_reading_and_nothing_is_doubled",
    ],
    "1.3.2 a file whose records were withdrawn": [
        "cli/test_correction.py::test_a_file_whose_records_were_all_withdrawn_can_come_again"
    ],
    "1.3.3 no command withdraws, revises, undoes or lists imports": [
        EVERY_COMMAND,
        "cli/test_correction.py::test_revise_changes_what_is_named_and_leaves_the_rest",
        "cli/test_correction.py::test_a_record_that_was_withdrawn_is_put_back_on_all_days",
    ],
    "1.3.4 quarantine never shrinks": [
        "cli/test_correction.py::test_settled_rows_leave_the_answers_and_stay_in_the_history"
    ],
    "1.3.5 next year's delivery doubles everything": [
        "exchange/test_delivery.py::test_a_plain_import_of_a_new_delivery_is_refused_and_nothing_is_doubled",
        "exchange/test_delivery.py::test_a_delivery_is_told_apart_into_unchanged_changed_new_and_gone",
    ],
    "1.3.6 an area is evidence for itself": [
        "register/test_supporting.py::test_only_what_is_about_this_land_supports_a_step"
    ],
    "1.3.7 a step replaces who surveyed and when": [
        "register/test_supporting.py::test_who_surveyed_and_when_is_still_seen_after_a_step_and_who_decided_too"
    ],
    "1.4.1 any label makes the data unreal": [
        "screening/test_hazard.py::test_only_a_label_that_says_so_makes_the_data_unreal"
    ],
    "1.4.2 the file's day is the day of release": [
        "exchange/reports/test_release_day.py::test_only_land_with_a_day_of_release_is_released_in_a_period"
    ],
    "1.4.3 the day of writing is told as the data's": [
        "cli/test_words_of_answers.py::test_old_data_is_not_taken_for_data_of_today"
    ],
    "1.4.4 Ctrl-C claims that nothing was changed": [
        "walks/test_rows_of_the_review.py::test_stopping_claims_nothing_of_what_is_there",
        "walks/test_import_killed.py::test_kill_at_any_moment_of_an_import_leaves_all_or_nothing",
    ],
    "1.4.5 required fields that no column fills": [
        "exchange/test_sheets.py::test_required_fields_of_land_are_counted_in_the_report"
    ],
    "1.4.6 misleading words": [
        "cli/test_words_of_answers.py::test_an_empty_public_pack_is_not_called_unfit_for_publication",
        "cli/test_words_of_answers.py::test_a_latitude_just_beyond_the_pole_is_out_of_range_and_no_longitude",
        "cli/test_words_of_answers.py::test_a_point_hazard_has_no_edge_to_be_0_m_from",
        "screening/test_track.py::test_times_that_run_backwards_give_no_duration",
        "walks/test_rows_of_the_review.py::test_blank_first_lines_and_what_is_no_position_are_told_as_what_they_are",
    ],
    "1.5.1 an unclosed quotation mark": [
        "exchange/test_batches.py::test_a_quotation_mark_that_is_not_closed_never_swallows_rows"
    ],
    "1.5.2 tracebacks over damaged and read-only files": [
        "register/test_soundness.py::test_each_damage_is_told_by_reader_and_verify",
        "cli/test_disk_words.py::test_a_read_only_folder_is_told_in_words",
        "cli/test_outputs.py::test_a_read_only_folder_is_told",
    ],
    "1.5.3 a full disk leaves a log beside the register": [
        "register/test_backup.py::test_on_a_full_disk_the_copied_file_alone_is_whole_or_the_command_failed_with_words"
    ],
    "1.5.4 leftovers of killed runs, and their names in messages": [
        "cli/test_outputs.py::test_force_replaces_another_file_and_leftovers_of_killed_runs_go",
        "cli/test_disk_words.py::test_an_unfinished_file_is_named_as_the_user_named_it",
    ],
    "1.5.5 an older register": [
        "register/test_store.py::test_register_of_an_older_merestone_is_read_by_none_and_upgraded_by_opening_it_for_writing",
        "walks/test_rows_of_the_review.py::test_an_older_register_names_the_command_that_brings_it_up_to_date",
    ],
    "2.a many files, --where, mappings": [
        WALKS,
        "exchange/test_many_files.py::test_the_command_prints_one_table_and_its_exit_code_says_that_a_file_was_refused",
        "exchange/test_many_files.py::test_where_reads_a_part_of_the_rows_of_every_format_and_counts_the_rest",
        "exchange/test_mapping.py::test_a_word_of_the_file_is_given_its_meaning",
    ],
    "2.a every kind of record, and no form empty": [
        "walks/test_blank_to_report.py::test_every_kind_comes_from_its_blank_form",
        "walks/test_blank_to_report.py::test_no_form_is_empty_that_the_data_could_fill",
    ],
    "2.a a row far from the others": [
        "exchange/test_many_files.py::test_a_row_in_another_country_is_told_with_its_place_and_taken"
    ],
    "2.a the desk for colleagues": [
        "service/test_behind_proxy.py::test_people_elsewhere_reach_map_check_and_desk_over_tls"
    ],
    "2.a backup, conflicts": [
        EVERY_COMMAND,
        "register/test_backup.py::test_what_lies_beside_the_register_comes_along_and_a_restore_gives_it_back",
        "register/test_correction.py::test_a_conflict_is_decided_for_one_side_on_every_day_on_which_the_sides_differ",
    ],
    "2.b stop lists as people send them": [
        WALKS,
        "exchange/test_position_file.py::test_stops_are_read_from_any_format",
        "exchange/test_position_file.py::test_one_column_holds_positions_in_any_notation",
    ],
    "2.b answers for drivers": [
        "exchange/test_answer_file.py::test_every_row_leaves_in_every_format_with_its_own_columns",
        "exchange/test_answer_file.py::test_a_page_for_drivers_needs_no_server_and_has_the_worst_first",
        "exchange/test_answer_file.py::test_waypoints_carry_the_answer_where_a_receiver_shows_it",
    ],
    "2.b exit codes and set -e": [WALKS],
    "2.b geo: URIs, map links and Plus codes": [
        "geodesy/test_notation.py::test_a_geo_uri_s_own_uncertainty_is_kept",
        "geodesy/test_notation.py::test_plus_codes_are_their_cells",
        "exchange/test_position_file.py::test_one_column_holds_positions_in_any_notation",
    ],
    "2.b ways go out as GPX": [
        "cli/test_screen_shapes.py::test_answers_go_out_in_every_format_and_an_empty_file_gives_an_empty_one"
    ],
    "2.a a role that only reads": [
        "service/test_desk_pages.py::test_a_reader_sees_what_the_organisation_sees_and_writes_nothing"
    ],
    "2.e no chart of a burden": ["cli/test_outputs.py::test_every_command_that_draws_knows_the_same_endings"],
    "3 import of XLSX, GPX, GeoParquet, zip and gz": [
        "exchange/test_spreadsheet.py::test_a_sheet_is_read_by_the_rules_of_tables",
        "exchange/test_gpx_rows.py::test_a_waypoint_keeps_what_the_receiver_says_of_it",
        "exchange/test_geoparquet.py::test_every_encoding_gives_the_same_rows",
        "exchange/test_archive.py::test_a_zipped_shapefile_is_read_beside_what_else_is_sent_with_it",
        "exchange/test_archive.py::test_a_gzipped_file_is_read",
    ],
    "3 DMS and decimal commas in files": [
        "exchange/test_position_file.py::test_one_column_holds_positions_in_any_notation",
        "exchange/test_batches.py::test_positions_are_read_in_every_way_that_an_import_reads",
    ],
    "2.c the width of a corridor": ["cli/test_screen_shapes.py::test_a_corridor_s_width_goes_with_tracks_and_is_told"],
    "2.c files without rows": ["exchange/test_position_file.py::test_a_file_without_rows_gives_an_answer_without_rows"],
    "2.c tables of other libraries": ["walks/test_library_page.py::test_every_line_of_the_page_is_run"],
    "2.c only some columns; WKB as bytes": [
        "exchange/test_answer_file.py::test_columns_are_chosen_by_name_and_one_is_enough",
        "exchange/test_positions.py::test_geometries_are_wkt_on_wgs_84_in_a_text_file",
    ],
    "2.d sources without links": [
        "law/test_source_link.py::test_text_and_json_give_the_links",
        "law/test_source_link.py::test_sources_are_listed_once_with_what_they_say",
    ],
    "2.d a PNG that is an SVG": ["cli/test_outputs.py::test_a_file_holds_what_its_ending_says"],
    "2.d charts of the border": ["cli/test_outputs.py::test_every_command_that_draws_knows_the_same_endings"],
    "2.e burden and plan take no register": [
        "cli/test_register_areas.py::test_a_burden_takes_a_register_and_counts_overlapping_land_once",
        "cli/test_register_areas.py::test_a_plan_takes_the_areas_of_a_register_and_the_teams_of_its_file",
    ],
    "2.f bare representations": [
        "register/test_frames.py::test_a_repr_says_in_short_what_it_is_and_never_fails",
        "register/test_frames.py::test_a_notebook_shows_a_small_map_and_no_assurance",
        "screening/test_reference_system.py::test_a_repr_says_how_much_an_index_holds",
    ],
    "2.f a projected series": [
        "screening/test_reference_system.py::test_a_projected_series_is_transformed_or_refused_never_empty"
    ],
    "2.f a stranger's format": [
        "exchange/test_registry.py::test_a_package_s_format_is_asked_before_ours_and_passes_the_contract"
    ],
    "2.f another treaty, in Merestone and from another package": [
        "law/test_check.py::test_treaty_is_added_by_a_data_file_and_its_clauses_alone",
        "law/test_check.py::test_another_package_adds_a_treaty_of_its_own",
    ],
    "2.f signatures of 400 characters": [
        "architecture/test_doors.py::test_a_signature_shows_the_names_that_the_code_writes"
    ],
    "2.f fields of a record as a dictionary": [
        "walks/test_rows_of_the_review.py::test_a_record_gives_its_fields_and_says_how"
    ],
    "2.f the contract suite is not shipped": [
        "contracts/test_format.py::test_the_checks_that_packages_are_given_hold_for_ours"
    ],
    "2 help lists by hand what the program knows": [
        "walks/test_rows_of_the_review.py::test_help_names_what_the_program_knows"
    ],
    "2 help: damaged packs": [
        "exchange/test_pack.py::test_no_answer_rests_on_a_changed_byte_although_nothing_was_compared_first"
    ],
    "2 help: gzip that nobody asked for": ["service/test_http.py::test_only_who_asks_for_gzip_gets_it"],
    "2 help: an example on an ocean": [
        "walks/test_rows_of_the_review.py::test_the_place_that_serving_proposes_lies_among_the_records"
    ],
    "2 help: a refused step ends with another code than other values": [
        "cli/test_exit_codes.py::test_what_cannot_be_taken_ends_with_one_code_and_changes_nothing"
    ],
    "2 help: a box that is none": ["cli/test_words_of_answers.py::test_a_box_that_is_none_is_refused"],
    "3 withdraw, revise, undo, settle, update, backup": [EVERY_COMMAND],
    "3 GPX, KML, GeoJSON, HTML of screened points": [
        "exchange/test_answer_file.py::test_every_row_leaves_in_every_format_with_its_own_columns"
    ],
    "3 the XLSForm writer has no command": [
        "exchange/test_blank_form.py::test_a_submission_of_the_xlsform_is_recorded_whole"
    ],
}
NOT_A_TEST = {
    "4 timings": "docs/performance-daily.md and docs/performance.md: no test measures time",
}
"""Rows that no test can hold, and where they stand."""


@pytest.mark.parametrize("row", ROWS)
def test_the_row_stands_as_a_test(row: str) -> None:
    assert ROWS[row]
    for node in ROWS[row]:
        path, _, name = node.partition("::")
        text = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert re.search(rf"^def {re.escape(name)}\(", text, re.M), f"{node} is gone; name the test that took its place"


def test_rows_without_a_test_say_where_they_stand() -> None:
    for where in NOT_A_TEST.values():
        for page in re.findall(r"docs/\S+\.md", where):
            assert (ROOT / page).exists()


def test_stopping_claims_nothing_of_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """2026-11-28: stopped just after the commit, an import said "nothing was half-written"; all records were in."""

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("merestone.register.Register.create", stop)
    with pytest.raises(SystemExit) as left:
        main(["init", str(tmp_path / "R.gpkg")])
    assert left.value.code == INTERRUPTED
    told = capsys.readouterr().err
    assert "look before you do it again" in told
    assert "nothing was" not in told


def test_blank_first_lines_and_what_is_no_position_are_told_as_what_they_are(
    exercise: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """2026-11-28: a list whose first lines are blank "is empty", and a text that cannot be read was "missing"."""
    stops = tmp_path / "stops.csv"
    stops.write_text("\n\nstop;position\nBridge;0.001 N 0.001 E\nMill;17,41\n")
    with pytest.raises(SystemExit):
        main(["screen", str(exercise), "--points", str(stops), "--accuracy-m", "10"])
    told = capsys.readouterr().out
    assert "row 1 (Bridge): inside" in told
    assert "row 2 (Mill): unknown" in told
    assert "17,41" in told
    assert "position missing" not in told


def test_a_record_gives_its_fields_and_says_how(exercise: Path) -> None:
    """2026-11-28: `dataclasses.asdict` and `vars` fail on a record, and nothing said what gives its fields."""
    with Register.open(exercise, read_only=True) as register:
        record = register.as_of().shown[0]
    fields = record._asdict()
    assert fields["record_id"] == record.record_id
    assert len(fields) == len(record)
    assert "_asdict()" in (Record.__doc__ or "")
    assert "_asdict()" in (ROOT / "docs/guide/library.md").read_text(encoding="utf-8")


def test_help_names_what_the_program_knows() -> None:
    """2026-11-28: help of `law treaty` listed six keys by hand, and that of `screen -o` left out two of its formats."""
    told = " ".join(CliRunner().invoke(merestone, ["law", "treaty", "--help"]).output.split())
    for key in packaged().treaties:
        assert re.search(rf"\b{key}\b", told), key
    told = CliRunner().invoke(merestone, ["screen", "--help"]).output
    for ending in set(ENDINGS) - {".geoparquet"}:  # another name of .parquet
        assert ending in told, ending


def test_the_place_that_serving_proposes_lies_among_the_records() -> None:
    """2026-11-28: the check that `serve` proposed for Bosnia was at 0.003, 0.003."""
    assert _example_place((17.0, 44.0, 18.0, 45.0)) == "44.50000N,17.50000E"
    assert _example_place((-78.0, -5.0, -76.0, -3.0)) == "4.00000S,77.00000W"


def test_an_older_register_names_the_command_that_brings_it_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2026-11-28: "open it once for writing" was said of an older register, and no command that does was named."""
    monkeypatch.chdir(tmp_path)
    Register.create("areas.gpkg").close()
    fill(Path("areas.gpkg"))
    make_older(Path("areas.gpkg"))
    before = Path("areas.gpkg").read_bytes()
    for words in (["list"], ["screen", "--lon", "0", "--lat", "0", "--accuracy-m", "5"], ["verify"]):
        refused = command_line(words[0], "areas.gpkg", *words[1:])
        assert refused.code == BAD_INPUT, refused
        assert "`merestone verify areas.gpkg --upgrade`" in refused.err
        assert Path("areas.gpkg").read_bytes() == before
    assert command_line("verify", "areas.gpkg", "--upgrade").code == 0
    assert command_line("list", "areas.gpkg").code == 0
