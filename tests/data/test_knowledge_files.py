"""Files become passages that can be told: whatever their kind, with ids that stay, or one line saying what is wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from data.knowledge import KnowledgeError, Passage, passages_in

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write


def told(passages: tuple[Passage, ...]) -> dict[str, str]:
    return {passage.title: passage.body for passage in passages}


def pdf(path: Path, lines: list[str]) -> Path:
    """One page with these lines on it."""
    writer = PdfWriter()
    page = writer.add_blank_page(300, 400)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
    )
    drawn = DecodedStreamObject()
    shown = " ".join(f"({line}) Tj 0 -20 Td" for line in lines)
    drawn.set_data(f"BT /F1 12 Tf 20 350 Td {shown} ET".encode())
    page[NameObject("/Contents")] = writer._add_object(drawn)
    writer.write(path)
    return path


def test_each_heading_of_a_markdown_file_is_a_passage_in_plain_words(write: Write) -> None:
    path = write(
        "rules.md", "# Rules\n\n## Quiet *hours*\n\nFrom 10 PM\nto **7 AM**.\n\n- No parties\n\n## Drones\n\nNone.\n"
    )
    assert told(passages_in(path, domain="hotel")) == {
        "Quiet hours": "From 10 PM to 7 AM. No parties.",
        "Drones": "None.",
    }


def test_front_matter_says_domain_and_entity_and_the_command_goes_before_it(write: Write) -> None:
    path = write("rules.md", "---\ndomain: hotel\nentity: Harbor House\n---\n# Drones\nNone may fly.\n")
    assert [(one.domain, one.entity) for one in passages_in(path, domain=None)] == [("hotel", "Harbor House")]
    assert [one.entity for one in passages_in(path, domain=None, entity="Bay Lantern")] == ["Bay Lantern"]


def test_files_in_the_samples_own_form_keep_names_and_other_ways_to_ask(write: Write) -> None:
    path = write("rail.md", "---\ndomain: rail\n---\n## Dogs {#dogs}\n? Can my dog come?\nDogs ride free.\n")
    (dogs,) = passages_in(path, domain=None)
    assert dogs == Passage("rail.md/dogs", "rail", "", "Dogs", "Dogs ride free.", "rail.md", ("Can my dog come?",))


def test_a_page_is_told_without_its_menus_and_scripts(write: Write) -> None:
    page = (
        "<title>Us</title><nav><p>Home</p></nav><h1>Kids club</h1><script>x</script><p>Open <b>every</b> day."
        "<!-- old --><ul><li>Free</ul><dl><dt>Bowling<dd>Four lanes."
    )
    assert told(passages_in(write("page.html", page), domain="hotel")) == {
        "Kids club": "Open every day. Free.",
        "Bowling": "Four lanes.",
    }


def test_text_is_cut_at_its_headings_and_lines_that_are_wrapped_stay_together(write: Write) -> None:
    path = write("trips.txt", "Boat trips\n\nTrips leave at nine\nfrom the pier.\n\nKayaks:\nKayaks are $10.\n")
    assert told(passages_in(path, domain="hotel")) == {
        "Boat trips": "Trips leave at nine from the pier.",
        "Kayaks": "Kayaks are $10.",
    }


def test_a_pdf_is_read_by_its_text(tmp_path: Path) -> None:
    path = pdf(tmp_path / "house.pdf", ["Parking", "The garage costs $9 a night.", "Pool", "The pool opens at eight."])
    assert "Parking" in PdfReader(path).pages[0].extract_text()
    assert told(passages_in(path, domain="hotel")) == {
        "Parking": "The garage costs $9 a night.",
        "Pool": "The pool opens at eight.",
    }


def test_each_row_of_an_faq_is_a_passage_where_its_columns_say(write: Write) -> None:
    rows = (
        "Question;Answer;Entity;Domain;ID\n"
        'Any sauna?;"Yes; until ten.";Harbor House;hotel;sauna\n'
        "Miles?;Ten.;;flight;\n"
    )
    sauna, miles = passages_in(write("faq.csv", rows), domain=None)
    assert sauna == Passage("faq.csv/sauna", "hotel", "Harbor House", "Any sauna?", "Yes; until ten.", "faq.csv")
    assert (miles.id, miles.domain, miles.entity) == ("faq.csv/miles", "flight", "")


def test_long_text_is_cut_between_sentences_and_every_piece_has_its_own_id(write: Write) -> None:
    sentences = [f"Rule {number} says that nobody may run in corridor {number} at night." for number in range(40)]
    found = passages_in(write("rules.md", "# Rules\n\n" + " ".join(sentences)), domain="hotel", source="house")
    assert " ".join(one.body for one in found) == " ".join(sentences)
    assert all(len(one.body.split()) <= 90 and one.body.endswith("night.") for one in found)
    assert [one.id for one in found][:2] == ["house/rules", "house/rules-2"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.docx", "x", "of no kind that can be read"),
        ("a.pdf", "junk", "is no PDF that can be read"),
        ("a.csv", "q,a\n1,2\n", "no columns `question` and `answer`"),
        ("a.csv", "question,answer\nWhy?,\n", "line 2: fill in both"),
        ("a.csv", 'question,answer\nWhy?,"so\n', "after line 1"),
        ("a.md", "---\na: [\n---\n# T\nx\n", "front matter is no YAML"),
        ("a.md", "# Only a heading\n", "no text in it"),
        ("a.html", "<script>x</script>", "no text in it"),
        ("a.txt", "a\0b", "is no text"),
    ],
)
def test_a_broken_file_is_explained_in_one_line(write: Write, name: str, text: str, says: str) -> None:
    with pytest.raises(KnowledgeError, match=re.escape(says)) as caught:
        passages_in(write(name, text), domain="hotel")
    assert "\n" not in str(caught.value)


def test_latin_1_a_missing_file_and_an_unsaid_domain_are_explained(tmp_path: Path, write: Write) -> None:
    (tmp_path / "a.txt").write_bytes("Café".encode("latin-1"))
    with pytest.raises(KnowledgeError, match="save it as UTF-8"):
        passages_in(tmp_path / "a.txt", domain="hotel")
    with pytest.raises(KnowledgeError, match="cannot be read"):
        passages_in(tmp_path / "none.txt", domain="hotel")
    with pytest.raises(KnowledgeError, match="give --domain"):
        passages_in(write("b.txt", "Hello.\n"), domain=None)


def test_a_pdf_of_pictures_is_explained(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="pictures of pages"):
        passages_in(pdf(tmp_path / "scan.pdf", []), domain="hotel")
