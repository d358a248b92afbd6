"""ELAN documents: what is written comes back as the loss report says, pympi and ELAN's rules agree, all else stays."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings

from avseg_widget import Annotation, FormatError, Provenance, Segment, Track, fields, formats
from avseg_widget.formats.eaf import FORMAT

from .annotations_strategy import annotations, check_round_trip, comparable
from .choices import Choices, drawn
from .eaf_rules import check_eaf
from .format_checks import check_damaged

pympi = pytest.importorskip("pympi")
pytestmark = pytest.mark.filterwarnings("ignore:.*cElementTree:DeprecationWarning")

HIERARCHY = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="Ann" DATE="2020-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
  <!-- of the first session -->
  <LICENSE LICENSE_URL="https://example.org/terms">Terms</LICENSE>
  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
    <MEDIA_DESCRIPTOR MEDIA_URL="file:///a.wav" MIME_TYPE="audio/x-wav" RELATIVE_MEDIA_URL="./a.wav"/>
    <PROPERTY NAME="lastUsedAnnotationId">9</PROPERTY>
  </HEADER>
  <TIME_ORDER>
    <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/>
    <TIME_SLOT TIME_SLOT_ID="ts2"/>
    <TIME_SLOT TIME_SLOT_ID="ts3"/>
    <TIME_SLOT TIME_SLOT_ID="ts4" TIME_VALUE="500"/>
    <TIME_SLOT TIME_SLOT_ID="ts5" TIME_VALUE="1500"/>
    <TIME_SLOT TIME_SLOT_ID="ts6" TIME_VALUE="3000"/>
    <TIME_SLOT TIME_SLOT_ID="ts7" TIME_VALUE="4000"/>
    <TIME_SLOT TIME_SLOT_ID="ts8" TIME_VALUE="5000"/>
  </TIME_ORDER>
  <TIER TIER_ID="utt" LINGUISTIC_TYPE_REF="utterance" PARTICIPANT="Bob" ANNOTATOR="Ann" LANG_REF="eng">
    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts6"
     ><ANNOTATION_VALUE>one two three</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts7" TIME_SLOT_REF2="ts8"
     ><ANNOTATION_VALUE>four</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
  </TIER>
  <TIER TIER_ID="words" LINGUISTIC_TYPE_REF="word" PARENT_REF="utt">
    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2"
     ><ANNOTATION_VALUE>one</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a4" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3"
     ><ANNOTATION_VALUE>two</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a5" TIME_SLOT_REF1="ts3" TIME_SLOT_REF2="ts6"
     ><ANNOTATION_VALUE>three</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
  </TIER>
  <TIER TIER_ID="gesture" LINGUISTIC_TYPE_REF="within" PARENT_REF="utt">
    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a6" TIME_SLOT_REF1="ts4" TIME_SLOT_REF2="ts5"
     ><ANNOTATION_VALUE>nod</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
  </TIER>
  <TIER TIER_ID="pos" LINGUISTIC_TYPE_REF="label" PARENT_REF="words">
    <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a7" ANNOTATION_REF="a4" CVE_REF="cveid_1"
     ><ANNOTATION_VALUE>num</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
  </TIER>
  <TIER TIER_ID="morphs" LINGUISTIC_TYPE_REF="part" PARENT_REF="words">
    <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a9" ANNOTATION_REF="a5" PREVIOUS_ANNOTATION="a8"
     ><ANNOTATION_VALUE>-ee</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
    <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a8" ANNOTATION_REF="a5"
     ><ANNOTATION_VALUE>thr-</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
  </TIER>
  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="utterance" TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false"/>
  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="word" TIME_ALIGNABLE="true" CONSTRAINTS="Time_Subdivision"/>
  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="within" TIME_ALIGNABLE="true" CONSTRAINTS="Included_In"/>
  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="part" TIME_ALIGNABLE="false" CONSTRAINTS="Symbolic_Subdivision"/>
  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="label" TIME_ALIGNABLE="false" CONSTRAINTS="Symbolic_Association"
   CONTROLLED_VOCABULARY_REF="pos"/>
  <LANGUAGE LANG_ID="eng" LANG_DEF="x" LANG_LABEL="English (eng)"/>
  <CONSTRAINT STEREOTYPE="Time_Subdivision" DESCRIPTION="a"/>
  <CONSTRAINT STEREOTYPE="Symbolic_Subdivision" DESCRIPTION="b"/>
  <CONSTRAINT STEREOTYPE="Symbolic_Association" DESCRIPTION="c"/>
  <CONSTRAINT STEREOTYPE="Included_In" DESCRIPTION="d"/>
  <CONTROLLED_VOCABULARY CV_ID="pos"><DESCRIPTION LANG_REF="eng"/><CV_ENTRY_ML CVE_ID="cveid_1"
   ><CVE_VALUE LANG_REF="eng" DESCRIPTION="number">num</CVE_VALUE></CV_ENTRY_ML></CONTROLLED_VOCABULARY>
  <REF_LINK_SET LINK_SET_ID="set1"><CROSS_REF_LINK REF_LINK_ID="l1" REF1="a1" REF2="a6"/></REF_LINK_SET>
</ANNOTATION_DOCUMENT>
"""
#: What an annotation says nothing of, so that it is never to change.
FIXED = ["LICENSE", "HEADER/MEDIA_DESCRIPTOR", "CONSTRAINT", "CONTROLLED_VOCABULARY", "LANGUAGE", "REF_LINK_SET"]


@pytest.fixture
def basis(tmp_path: Path) -> Path:
    path = tmp_path / "basis.eaf"
    path.write_text(HIERARCHY)
    return path


def segment_of(annotation: Annotation, id_: str) -> Segment:
    return next(segment for segment in annotation.segments if segment.id == id_)


def replaced(annotation: Annotation, *changed: Segment, without: str = "") -> Annotation:
    kept = {segment.id: segment for segment in annotation.segments if segment.id != without}
    kept.update({segment.id: segment for segment in changed})
    return msgspec.structs.replace(annotation, segments=list(kept.values()))


def fixed_parts(path: Path) -> list[str]:
    root = ET.parse(path).getroot()
    parts = [part for name in FIXED for part in root.findall(name)]
    types = [one for one in root.findall("LINGUISTIC_TYPE") if "CONSTRAINTS" in one.attrib]
    return [ET.canonicalize(ET.tostring(part, encoding="unicode"), strip_text=True) for part in [*parts, *types]]


def pympi_says(path: Path) -> list[tuple[str, int, int, str]]:
    """Return what pympi finds on tiers with times of their own: tier, start and end in milliseconds, text."""
    document = pympi.Elan.Eaf(str(path))
    return sorted(
        (tier, *found[:3])
        for tier in document.get_tier_names()
        for found in document.get_annotation_data_for_tier(tier)
        if not document.tiers[tier][1]
    )


def test_random_annotations_come_back_as_the_report_says(tmp_path: Path) -> None:
    check_round_trip("eaf", tmp_path / "labels.eaf", examples=1000)


def test_elan_and_pympi_take_every_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.eaf"

    @settings(max_examples=300, deadline=None)
    @given(annotations())
    def check(annotation: Annotation) -> None:
        formats.write(annotation, path)
        check_eaf(path)
        wanted = FORMAT.carry(annotation, None).segments
        spans = [(round(one.start * 1000), round(one.end * 1000), one.fields.get("text", "")) for one in wanted]
        assert sorted(found[1:] for found in pympi_says(path)) == sorted(spans)

    check()


def test_times_of_annotations_without_their_own(basis: Path) -> None:
    reading = formats.read(basis)
    spans = {one.id: (one.track, one.start, one.end) for one in reading.annotation.segments}
    assert spans == {
        "a1": ("utterance:utt", 0, 3),
        "a2": ("utterance:utt", 4, 5),
        "a3": ("word:words", 0, 1),  # a third each, as ELAN divides
        "a4": ("word:words", 1, 2),
        "a5": ("word:words", 2, 3),
        "a6": ("within:gesture", 0.5, 1.5),
        "a7": ("label:pos", 1, 2),
        "a8": ("part:morphs", 2, 2.5),
        "a9": ("part:morphs", 2.5, 3),
    }
    assert reading.annotation.provenance == Provenance("Ann", "file:///a.wav")
    assert reading.notes[0].startswith("4 tiers depend on others and there are 1 controlled vocabularies")


def test_vocabularies_are_choices_of_the_tracks_that_use_them(shared_data: Path, tmp_path: Path) -> None:
    reading = formats.read(shared_data / "elan_2.8.eaf")
    assert reading.task.segment_fields == [
        fields.Text("text", categories=["text", "words_timesub", "words_symsub", "gest_included"]),
        fields.Select("POS", ["v", "n", "adj"], categories=["pos"]),
        fields.Select("Gesture", ["prep", "hold", "stroke", "retr"], categories=["gesture"]),
    ]
    answers = {name for segment in reading.annotation.segments for name in segment.fields}
    assert answers == {"text", "POS", "Gesture"}
    # What has one text for each segment has the choice as its text.
    report = formats.write(reading.annotation, tmp_path / "a.TextGrid", task=reading.task)
    assert {path for path, _ in report.counts()} == {"provenance.media", "segments.id"}
    assert values(formats.read(tmp_path / "a.TextGrid").annotation) == values(reading.annotation)
    back = formats.read(tmp_path / "a.TextGrid", reading.task).annotation
    assert {name for segment in back.segments for name in segment.fields} == answers


def values(annotation: Annotation) -> list[tuple[float, float, object]]:
    return sorted((one.start, one.end, str(*one.fields.values())) for one in annotation.segments)


def test_values_that_a_vocabulary_has_not_are_offered_too(basis: Path, tmp_path: Path) -> None:
    basis.write_text(basis.read_text().replace(">num</ANNOTATION_VALUE>", ">other</ANNOTATION_VALUE>"))
    reading = formats.read(basis)
    (choice,) = [field for field in reading.task.segment_fields if isinstance(field, fields.Select)]
    assert (choice.name, choice.options, choice.categories) == ("pos", ["num", "other"], ["label"])
    assert reading.notes[-1] == "1 values that the vocabulary 'pos' has not are offered with its own"
    changed = replaced(
        reading.annotation, msgspec.structs.replace(segment_of(reading.annotation, "a7"), fields={"pos": "num"})
    )
    for task in (reading.task, None):
        assert not formats.write(changed, tmp_path / "changed.eaf", task=task, like=basis)
        assert formats.read(tmp_path / "changed.eaf").annotation == changed


def test_a_file_written_into_itself_is_the_same_file(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "elan_2.8.eaf"
    annotation = formats.read(source).annotation
    assert not formats.write(annotation, tmp_path / "again.eaf", like=source)
    assert (tmp_path / "again.eaf").read_bytes() == source.read_bytes()


def test_a_new_file_has_all_segments_of_a_real_one(shared_data: Path, tmp_path: Path) -> None:
    reading = formats.read(shared_data / "elan_2.8.eaf")
    annotation = reading.annotation
    assert not formats.write(annotation, tmp_path / "new.eaf", task=reading.task)
    assert formats.read(tmp_path / "new.eaf", reading.task).annotation == annotation
    check_eaf(tmp_path / "new.eaf")
    assert len(pympi_says(tmp_path / "new.eaf")) == len(annotation.segments) == 8778


def test_texts_and_times_change_and_nothing_else(basis: Path, tmp_path: Path) -> None:
    path = tmp_path / "labels.eaf"
    annotation = formats.read(basis).annotation
    moved = msgspec.structs.replace(segment_of(annotation, "a6"), start=0.25, end=2.0)
    said = msgspec.structs.replace(segment_of(annotation, "a7"), fields={"pos": "noun"})
    changed = replaced(annotation, moved, said, Segment("within:gesture", 4.25, 4.5, {"text": "wave"}, id="new"))
    assert not formats.write(changed, path, like=basis)
    assert formats.read(path).annotation == changed
    check_eaf(path)
    assert fixed_parts(path) == fixed_parts(basis)
    text = path.read_text()
    assert "CVE_REF" not in text  # the entry says something else than the annotation now
    assert "<!-- of the first session -->" in text
    assert 'PARTICIPANT="Bob" ANNOTATOR="Ann" LANG_REF="eng"' in text
    # The words still have no times of their own: nobody gave them any.
    assert '<TIME_SLOT TIME_SLOT_ID="ts2"/>' in text


def test_what_depends_on_others_follows_them_and_the_report_says_so(basis: Path, tmp_path: Path) -> None:
    annotation = formats.read(basis).annotation
    moved = msgspec.structs.replace(segment_of(annotation, "a7"), start=1.25)
    outside = Segment("within:gesture", 3.25, 3.5, id="outside")
    part = Segment("part:morphs", 0.25, 0.5, id="part")
    report = formats.write(replaced(annotation, moved, outside, part), tmp_path / "labels.eaf", like=basis)
    assert {(loss.path, loss.kind, loss.after) for loss in report.losses} == {
        ("segments['a7'].start", "changed", 1.0),
        ("segments['outside']", "dropped", None),
        ("segments['part'].start", "changed", 0.0),
        ("segments['part'].end", "changed", 1.0),
    }
    check_eaf(tmp_path / "labels.eaf")


def test_what_belongs_to_something_removed_goes_with_it(basis: Path, tmp_path: Path) -> None:
    annotation = formats.read(basis).annotation
    report = formats.write(replaced(annotation, without="a5"), tmp_path / "labels.eaf", like=basis)
    assert {loss.path for loss in report.losses} == {"segments['a8']", "segments['a9']"}
    check_eaf(tmp_path / "labels.eaf")
    # The words that are left stay where they were, though what they shared the time with is gone.
    kept = formats.read(tmp_path / "labels.eaf").annotation
    assert [(one.start, one.end) for one in kept.segments if one.track == "word:words"] == [(0, 1), (1, 2)]


def test_tracks_come_and_go(basis: Path, tmp_path: Path) -> None:
    annotation = formats.read(basis).annotation
    tracks = [*(track for track in annotation.tracks if track.tag != "gesture"), Track("noise", "door", position=9)]
    tracks.append(Track("word", "more", position=10))
    kept = [segment for segment in annotation.segments if segment.track != "within:gesture"]
    more = [Segment("noise:door", 1, 2, id="n"), Segment("noise:door", 1.5, 3, id="o"), Segment("word:more", 1, 2)]
    changed = msgspec.structs.replace(annotation, tracks=tracks, segments=[*kept, *more])
    report = formats.write(changed, tmp_path / "labels.eaf", like=basis)
    # ELAN wants a parent for a tier of that type.
    assert report.counts() == {("tracks", "dropped"): 1, ("segments.track", "changed"): 1}
    check_eaf(tmp_path / "labels.eaf")
    ids = [tier.get("TIER_ID") for tier in ET.parse(tmp_path / "labels.eaf").getroot().findall("TIER")]
    assert sorted(ids) == ["door", "door (2)", "more", "morphs", "pos", "utt", "words"]


IDS = [f"a{number}" for number in range(1, 10)]


def edits(choices: Choices) -> tuple[set[str], list[tuple[str, int, int, int, str]]]:
    """Return what is removed, and what is put: its id, place of its track, start and length in milliseconds, text."""
    put = [
        (choices.pick([*IDS, "n1", "n2", "n3"]), choices.below(5), choices.below(5501), 1 + choices.below(3000),
         choices.text())
        for _ in range(choices.below(7))
    ]  # fmt: skip
    return {choices.pick(IDS) for _ in range(choices.below(4))}, put


def test_random_edits_keep_the_hierarchy_and_every_loss_is_said(tmp_path: Path) -> None:
    basis, path = tmp_path / "basis.eaf", tmp_path / "labels.eaf"
    basis.write_text(HIERARCHY)
    annotation = formats.read(basis).annotation
    tracks = [track.id for track in annotation.tracks]

    @settings(max_examples=1000, deadline=None)
    @given(drawn(edits, 400))
    def check(edited: tuple[set[str], list[tuple[str, int, int, int, str]]]) -> None:
        removed, put = edited
        segments = {one.id: one for one in annotation.segments if one.id not in removed}
        for id_, track, start, length, text in put:
            at = segments[id_].track if id_ in segments else tracks[track]
            segments[id_] = Segment(at, start / 1000, (start + length) / 1000, {"text": text}, id_)
        changed = msgspec.structs.replace(annotation, segments=list(segments.values()))
        report = formats.write(changed, path, like=basis)
        check_eaf(path)
        assert fixed_parts(path) == fixed_parts(basis)
        pympi.Elan.Eaf(str(path))
        back = {one.id: one for one in formats.read(path).annotation.segments}
        said = {loss.path for loss in report.losses}
        for one in changed.segments:
            kept = back.get(one.id)
            where = f"segments[{one.id!r}]"
            if kept is None:
                assert where in said
                continue
            for name in ("track", "start", "end"):
                assert getattr(kept, name) == getattr(one, name) or f"{where}.{name}" in said
            assert kept.fields == one.fields or {f"{where}.fields[{name!r}]" for name in one.fields} & said
        assert set(back) <= {one.id for one in changed.segments}

    check()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("<LICENSE", "<!DOCTYPE a><LICENSE", "line 6: this is no XML"),
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<!DOCTYPE a [<!ENTITY b 'c'>]>",
            "line 1: .* declare no document type",
        ),
        ('encoding="UTF-8"', 'encoding="klingon"', "line 1: this is no XML"),
        ('encoding="UTF-8"', 'encoding="shift_jis"', "line 1: this is no XML"),
        ("ANNOTATION_DOCUMENT", "DOCUMENT", "line 2: an ELAN document is an ANNOTATION_DOCUMENT, not 'DOCUMENT'"),
        ('"milliseconds"', '"PAL-frames"', "line 7: times are in 'PAL-frames'"),
        ('TIME_VALUE="500"', 'TIME_VALUE="-5"', "line 15: TIME_VALUE is a number of milliseconds, not '-5'"),
        ('TIME_SLOT_ID="ts8"', "", "line 19: this TIME_SLOT has no TIME_SLOT_ID"),
        ('TIME_SLOT_REF1="ts7"', 'TIME_SLOT_REF1="ts77"', "line 24: there is no time slot 'ts77'"),
        ('TIER_ID="words"', 'TIER_ID="utt"', "line 27: there is a tier 'utt' already"),
        ('PARENT_REF="utt"', 'PARENT_REF="morphs"', "line .*: the tier .* is its own parent"),
        ('PARENT_REF="utt"', 'PARENT_REF="x"', "line 27: there is no tier 'x' to be its parent"),
        ('ANNOTATION_REF="a4"', 'ANNOTATION_REF="a8"', "line 40: there is no annotation 'a8' on a parent tier"),
        ('ANNOTATION_ID="a2"', 'ANNOTATION_ID="a1"', "line 24: there is an annotation 'a1' already"),
        ("  <LICENSE", "<a>" * 30 + "  <LICENSE", "line 6: more than 20 elements within each other"),
    ],
)
def test_damage_is_said_with_its_place(basis: Path, old: str, new: str, says: str) -> None:
    basis.write_text(HIERARCHY.replace(old, new))
    with pytest.raises(FormatError, match=f"basis.eaf, {says}"):
        formats.read(basis, format="eaf")


def test_entities_are_neither_expanded_nor_fetched(basis: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    for entities in (f'<!ENTITY e0 "x">{bomb}', f'<!ENTITY e11 SYSTEM "file://{tmp_path}/secret">'):
        doctype = f"?>\n<!DOCTYPE a [{entities}]>"
        for encoding in ("utf-8", "utf-16"):
            text = HIERARCHY.replace("?>", doctype, 1).replace("four", "&e11;").replace("UTF-8", encoding.upper())
            basis.write_bytes(text.encode(encoding))
            with pytest.raises(FormatError, match="document type"):
                formats.read(basis)


def test_damaged_files_are_read_or_said(basis: Path, shared_data: Path, tmp_path: Path) -> None:
    check_damaged(basis, rounds=1500)
    real = tmp_path / "elan_2.8.eaf"
    real.write_bytes((shared_data / real.name).read_bytes())
    check_damaged(real, rounds=8)


def test_times_that_elan_has_not_are_said(tmp_path: Path) -> None:
    annotation = Annotation([Track("a", "b")], [Segment("a:b", 0, 5e6, id="long")])
    with pytest.raises(FormatError, match=r"segment 'long' ends at 5000000\.0 s, but ELAN's times end at 4,294,967 s"):
        formats.find_losses(annotation, "eaf")


def test_layers_that_name_each_other_are_tiers(basis: Path) -> None:
    layers = "".join(
        f'<PROPERTY NAME="avseg-widget:layer:{one}">{other}</PROPERTY>'
        for one, other in (("utt", "words"), ("words", "utt"), ("gesture", "gesture"), ("nothing", "utt"))
    )
    basis.write_text(HIERARCHY.replace("</HEADER>", layers + "</HEADER>"))
    annotation = formats.read(basis).annotation
    assert comparable(annotation, FORMAT)["tracks"][:2] == [("utterance", "utt"), ("word", "words")]
    formats.write(annotation, basis, like=basis)


def test_a_document_with_next_to_nothing_in_it(tmp_path: Path) -> None:
    basis, path = tmp_path / "basis.eaf", tmp_path / "labels.eaf"
    basis.write_text(
        '<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="x"/><TIME_SLOT TIME_SLOT_ID="y" TIME_VALUE="5"/>'
        '</TIME_ORDER><TIER TIER_ID=""><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="q" TIME_SLOT_REF1="x" '
        'TIME_SLOT_REF2="y"/></ANNOTATION></TIER></ANNOTATION_DOCUMENT>'
    )
    reading = formats.read(basis)
    assert reading.notes == ["tier 1 has a name or a type that is empty or too long: it is called 'tier 1'"]
    changed = replaced(reading.annotation, Segment("tier:tier 1", 0.001, 0.004, {"text": "over"}, id="new"))
    assert not formats.write(changed, path, like=basis)
    assert formats.read(path).annotation == changed
    # A slot that lay between others only would be elsewhere now: it has a time of its own.
    assert '<TIME_SLOT TIME_SLOT_ID="x" TIME_VALUE="2"/>' in path.read_text()
