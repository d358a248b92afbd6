"""What the published sample does wrong, and the tests that show that ours does not: each of them must be there."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache

import pytest

from .conftest import ROOT

PAGE = "tests/e2e/test_sample_defects.py"
JS = "js/tests"
CORE = f"{JS}/core"


@dataclass(frozen=True)
class Defect:
    """One fault of the sample's page, functions or stack; tests are ``file::name``, of vitest ``file::title``."""

    number: int
    fault: str
    tests: tuple[str, ...]


DEFECTS = [
    Defect(
        1,
        "The script runs before the element that it reads is there.",
        (
            "tests/test_groundtruth_template.py::test_the_editor_is_outside_the_form",
            "tests/e2e/test_worker_frame.py::test_either_frame_and_either_reading",
        ),
    ),
    Defect(
        2,
        "The page asks for its script by a name that nothing has.",
        (
            "tests/test_groundtruth_preview.py::test_serves_the_rendered_template",
            "tests/test_groundtruth_deploy.py::test_deploys_everything_a_template_needs",
            "tests/e2e/test_deployed.py::test_the_page_takes_its_files_by_their_checksums_and_plays_signed_media",
        ),
    ),
    Defect(
        3,
        "What is typed after the last redraw is not in the answer.",
        (
            "tests/e2e/test_forms.py::test_handing_in_right_after_typing_takes_what_was_typed",
            "tests/e2e/test_scenario.py::test_on_a_worker_page",
        ),
    ),
    Defect(
        4,
        "Each change draws the whole table anew, and whoever types loses focus and caret.",
        (
            f"{PAGE}::test_typing_goes_on_while_a_recording_ends_and_adds_its_row",
            "tests/e2e/test_hosts.py::test_python_changes_reach_the_browser_exactly_and_lose_no_typing",
            f"{JS}/windowing.test.ts::the row with the focus stays, and gaps stand for what is left out",
        ),
    ),
    Defect(
        5,
        "Parts of the code take a segment for a list, others for an object.",
        (
            "tests/test_types.py::test_the_typescript_types_are_up_to_date",
            "tests/test_groundtruth_answer.py::test_gives_the_annotation_back_exactly",
            f"{PAGE}::test_what_was_given_is_handed_in_whole_with_what_was_added",
        ),
    ),
    Defect(
        6,
        "A segment cannot be heard: a click on it puts the playhead nowhere.",
        (
            "tests/e2e/test_scenario.py::test_on_a_worker_page",
            "tests/e2e/test_listening.py::test_stretches_loop_and_places",
        ),
    ),
    Defect(
        7,
        "The edges of a recorded segment cannot be dragged.",
        (
            "tests/e2e/test_scenario.py::test_on_a_worker_page",
            "tests/e2e/test_segments.py::test_a_shared_boundary_moves_for_both",
        ),
    ),
    Defect(
        8,
        "Nothing shorter than half a second; times are shown by whole seconds or tenths.",
        (
            f"{PAGE}::test_what_was_given_is_handed_in_whole_with_what_was_added",
            "tests/e2e/test_segments.py::test_edges_are_nudged_by_one_sample_and_by_milliseconds",
            "js/tests/core/time.test.ts::are read as they were written, to the last decimal",
        ),
    ),
    Defect(
        9,
        "Two recordings at one reading of the clock delete a neighbour.",
        (f"{PAGE}::test_recordings_one_upon_the_other_delete_nothing",),
    ),
    Defect(
        10,
        "Segments of a track that touch or overlap become one, without their texts.",
        (
            f"{PAGE}::test_what_was_given_is_handed_in_whole_with_what_was_added",
            "tests/e2e/test_segments.py::test_forbidden_overlaps_are_problems_and_trimmed_ones_are_cut",
            "tests/test_groundtruth_lambdas.py::test_touching_segments_stay_apart",
        ),
    ),
    Defect(
        11,
        "What a task starts from loses its times and answers at the first change.",
        (
            f"{PAGE}::test_what_was_given_is_handed_in_whole_with_what_was_added",
            f"{JS}/worker.test.ts::hands in the annotation as JSON in the hidden field, bit by bit",
        ),
    ),
    Defect(
        12,
        "Going back while recording makes a segment that ends before it starts.",
        (
            f"{PAGE}::test_going_back_ends_a_recording_where_it_was",
            f"{JS}/worker.test.ts::says: %s",
            "tests/test_model.py::test_invalid_annotations",
        ),
    ),
    Defect(
        13,
        "Without a track chosen recording plays the media and keeps nothing.",
        (f"{PAGE}::test_recording_without_a_track_plays_nothing_and_says_why",),
    ),
    Defect(
        14,
        "Media that does not load, or a task with nothing to label, cannot be handed in.",
        (
            f"{PAGE}::test_a_task_with_nothing_to_label_is_handed_in",
            "tests/e2e/test_worker_frame.py::test_an_expired_address_says_what_to_do",
        ),
    ),
    Defect(
        15,
        "Each press outside of the tracks is an error.",
        (f"{PAGE}::test_a_press_outside_of_the_editor_changes_nothing",),
    ),
    Defect(
        16,
        "No shortcut works, nor deleting by a key, nor selecting several; tracks cannot be deleted.",
        (
            "tests/e2e/test_accessibility.py::test_the_scenario_by_the_keyboard_alone",
            "tests/e2e/test_keyboard.py::test_keys_beside_jupyterlab",
            "tests/e2e/test_segment_list.py::test_is_walked_by_keys",
            "tests/e2e/test_segment_list.py::test_clicks_select_several",
            "tests/e2e/test_listening.py::test_track_options",
        ),
    ),
    Defect(
        17,
        "Tags that differ in signs or in other scripts share one track.",
        (
            f"{PAGE}::test_names_that_differ_by_a_sign_have_tracks_of_their_own",
            "tests/test_model.py::test_track_ids_differ_where_names_differ",
        ),
    ),
    Defect(
        18,
        "A colon in a name cuts it.",
        (
            f"{PAGE}::test_names_that_differ_by_a_sign_have_tracks_of_their_own",
            "tests/test_model.py::test_track_ids",
        ),
    ),
    Defect(
        19,
        "Listeners pile up: a segment is played several times, and timers never end.",
        (
            f"{PAGE}::test_a_segment_is_heard_once_however_much_was_edited",
            "tests/e2e/test_hosts.py::test_mounting_and_disposing_leaks_nothing",
        ),
    ),
    Defect(
        20,
        "Zooming in stretches one picture of the sound; there is no step by a frame.",
        (
            f"{CORE}/media.test.ts::cover the window, at the finest level a pixel shows, and are those of the samples",
            f"{JS}/peaks-growing.test.ts::is for each pixel the lowest and highest of all columns that reach into it",
            "tests/e2e/test_playing.py::test_each_step_shows_the_next_frame",
        ),
    ),
    Defect(
        21,
        "A script of any version from elsewhere; the media is decoded in memory as a whole, however long.",
        (
            "tests/test_groundtruth_template.py::test_hostile_text_stays_text",
            "tests/e2e/test_deployed.py::test_a_file_that_was_changed_is_not_run",
            f"{JS}/worker-peaks.test.ts::does not decode what would not fit in memory",
        ),
    ),
    Defect(
        22,
        "Names are taken for HTML, signed addresses are logged, variables are left in the page.",
        (
            f"{PAGE}::test_nothing_is_logged_and_nothing_left_in_the_page",
            "tests/e2e/test_bad_input.py::test_hostile_text_is_text_everywhere",
            "tests/e2e/test_item_details.py::test_what_it_says_is_text_and_nothing_else",
        ),
    ),
    Defect(
        23,
        "Answers hold fields of single rows, a time of the page's own, and what could have been chosen.",
        (
            f"{PAGE}::test_a_task_with_nothing_to_label_is_handed_in",
            "tests/test_groundtruth_preview.py::test_keeps_the_answer_as_ground_truth_stores_it",
        ),
    ),
    Defect(
        24,
        "Functions give booleans as texts, read keys that are not sent, and drop answers without a word.",
        (
            "tests/test_groundtruth_lambdas.py::test_whether_a_human_is_needed_comes_out_as_a_boolean",
            "tests/test_groundtruth_lambdas.py::test_merges_the_answers_of_each_item",
            "tests/test_groundtruth_lambdas.py::test_unreadable_answers_are_told_and_leave_the_others",
            "tests/test_groundtruth_lambdas.py::test_passes_through_what_it_cannot_merge",
            "tests/test_groundtruth_lambdas.py::test_refuses_events_of_another_kind",
        ),
    ),
    Defect(
        25,
        "The stack cannot be updated or deleted, and pages get yesterday's script.",
        (
            "tests/test_groundtruth_stack.py::test_an_update_succeeds_under_the_same_name_and_keeps_what_jobs_use",
            "tests/test_groundtruth_stack.py::test_a_deletion_empties_the_bucket_with_all_versions",
            "tests/test_groundtruth_stack.py::test_the_files_are_named_by_their_content_and_say_so",
            "tests/e2e/test_deployed.py::test_the_page_takes_its_files_by_their_checksums_and_plays_signed_media",
        ),
    ),
    Defect(
        26,
        "No undo, no draft, no checks, nothing for screen readers; the guide tells of what is not there.",
        (
            "js/tests/core/store.test.ts::undoes and redoes any edits to the identical document",
            "tests/e2e/test_drafts.py::test_in_the_portals_frame",
            "tests/e2e/test_forms.py::test_handing_in_with_problems_asks_for_a_reason",
            "tests/e2e/test_accessibility.py::test_axe_finds_nothing_in_any_state",
            f"{JS}/keyboard-doc.test.ts::docs/keyboard.md lists the actions as they are",
        ),
    ),
]


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of pytest's functions in a file, or the titles of vitest's tests."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".py"):
        return frozenset(item.name for item in ast.parse(text).body if isinstance(item, ast.FunctionDef))
    return frozenset(title for _, title in re.findall(r"""\((["'`])(.+?)\1,\s*(?:async\s*)?(?:\(|function)""", text))


def test_every_defect_is_there_once() -> None:
    assert [defect.number for defect in DEFECTS] == list(range(1, 27))


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: str(defect.number))
def test_a_test_shows_that_ours_differs(defect: Defect) -> None:
    assert defect.tests
    for name in defect.tests:
        path, _, test = name.partition("::")
        assert test in names_in(path), f"{name} is gone: name the test that shows it now"


def test_a_test_that_is_gone_is_noticed() -> None:
    assert "test_that_never_was" not in names_in(PAGE)
    assert "that never was" not in names_in(f"{JS}/worker.test.ts")
