"""CSV as spreadsheets save it: notes, titles above the header, damaged versions, encodings."""

import pytest

from techs.imports.manifests import Format, ManifestError, read
from techs.rules.attributes import TechAttributes
from tests.support.manifests import entries, notes, reading, refusal, skipped


@pytest.mark.parametrize(
    "title",
    [
        *("note", "Notes", "COMMENT", "Comments", "Remarks", "Internal remark"),
        *("Notiz", "Bemerkung", "Bemerkungen", "Kommentar", "Anmerkungen", "Hinweis"),
    ],
)
def test_notes(title: str) -> None:
    manifest = reading("a.csv", f'{title};Produkt;Version\n"a;\n ""b"" "; Django;3.2\n-;Redis;7\n')
    assert [(entry.text, entry.attributes.note) for entry in manifest.entries] == [
        ("Django 3.2", 'a;\n "b"'),
        ("Redis 7", None),
    ]


def test_a_note_that_is_too_long_is_named() -> None:
    manifest = reading("a.csv", f"name,note\nDjango,{'x' * 2001}\nRedis,ok\n")
    assert entries(manifest) == [(3, "Redis")]
    assert skipped(manifest)[1] == (2, "Note: Use at most 2,000 characters (this has 2,001).")


@pytest.mark.parametrize("title", ["Description", "Vendor", "Service Level", "Number of Services", "Cloud Service"])
def test_a_column_that_is_not_read_is_named(title: str) -> None:
    [(_, why)] = skipped(reading("a.csv", f"{title},name,version\nShop,Django,3.2\n"))
    assert why == f"Header row. Ignored columns: {title}."


@pytest.mark.parametrize("title", ["Service", "service", "SERVICES", "Used by service", "Service Name", "Dienst"])
def test_services(title: str) -> None:
    manifest = reading("a.csv", f"{title};Name;Version\n Shop ;Django;3.2\nn/a;Redis;7\n;Go;1.22\n")
    assert [(entry.text, entry.services) for entry in manifest.entries] == [
        ("Django 3.2", ("Shop",)),
        ("Redis 7", ()),
        ("Go 1.22", ()),
    ]
    assert notes(manifest)["Django 3.2"] == "service Shop"


@pytest.mark.parametrize(
    ("cell", "services"),
    [
        ("Shop, Pay", ("Shop", "Pay")),
        ("Shop; Pay;", ("Shop", "Pay")),
        ("Shop, EU; Pay", ("Shop, EU", "Pay")),
        ("Shop\nPay", ("Shop", "Pay")),
        ("Pay, shop, SHOP, pay", ("Pay", "shop")),
        ("Web  Shop", ("Web Shop",)),
        (", ;", ()),
    ],
)
def test_several_services_in_a_cell(cell: str, services: tuple[str, ...]) -> None:
    [entry] = reading("a.csv", f'name,service,owner\nDjango 3.2,"{cell}",Web\n').entries
    assert entry.services == services
    assert entry.note.startswith("owner Web")


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("***", "Service: This has no letter or digit."),
        ("x" * 101, "Service: Use at most 100 characters (this has 101)."),
        ("a\x07b", "Service: This contains control or invisible characters. Use one line."),
        (";".join(f"s{number}" for number in range(1001)), None),
    ],
)
def test_services_with_invalid_names(cell: str, why: str | None) -> None:
    manifest = reading("a.csv", f'name,service\nDjango,"{cell}"\nRedis,Shop\n')
    assert entries(manifest) == [(3, "Redis")]
    problem = "Service: Use at most 1,000 services (this has 1,001). Use several rows."
    assert skipped(manifest)[1] == (2, why or problem)


def test_rows_of_other_services_are_no_duplicates() -> None:
    manifest = reading("a.csv", "name,service\nDjango 3.2,Shop\ndjango 3.2,Pay\nDjango 3.2,SHOP\nDjango 3.2,\n")
    assert [entry.line for entry in manifest.entries] == [2, 3, 5]
    assert skipped(manifest)[1:] == [(4, "Duplicate of line 2: Django 3.2.")]


def test_more_services_than_a_file_may_name() -> None:
    cell = ";".join(f"s{number}" for number in range(1000))
    table = "name,service\n" + "".join(f"Thing {number},{cell}\n" for number in range(101))
    assert str(refusal("a.csv", table)) == (
        "Line 102: More than 100,000 services in all rows together. Split the file."
    )


KEPT = ["v3.10", "2012 R2", "2024-05-01", "3.8,3.9", "4.7.2053", "19.03.15", "3.2 (LTS)"]
REPAIRED = [("3,10", "3.10"), ("8,1", "8.1"), ("18,0", "18.0"), ("2,019", "2019"), ("1,903", "1903")]


@pytest.mark.parametrize(("cell", "version"), [*REPAIRED, *zip(KEPT, KEPT, strict=True)])
@pytest.mark.parametrize("header", ["name;version\n", ""])
def test_versions_that_a_spreadsheet_took_for_numbers(header: str, cell: str, version: str) -> None:
    [entry] = reading("a.csv", f"{header}Django;{cell}\n").entries
    assert entry.text == f"Django {version}"


@pytest.mark.parametrize("cell", ['="3.10"', '"=""3.10"""', "'3.10"])
def test_versions_protected_from_a_spreadsheet(cell: str) -> None:
    [entry] = reading("a.csv", f"name;version\nDjango;{cell}\n").entries
    assert entry.text == "Django 3.10"


DATES = [
    *("10-Mar", "10-Oct-03", "03. Okt", "3.Okt", "Mar-10", "Mrz 10", "03.10.2002", "3/10/2002", "3/10/02"),
    *("2010-03-01 00:00:00", "2010-03-01T00:00:00Z", "1.03E+01", "1,03E+01"),
]


@pytest.mark.parametrize("cell", DATES)
def test_versions_that_a_spreadsheet_took_for_dates(cell: str) -> None:
    manifest = reading("a.csv", f"name;version\nDjango;{cell}\nRedis;7\n")
    assert entries(manifest) == [(3, "Redis 7")]
    problem = f"{cell} is a date or number that a spreadsheet made of a version."
    assert skipped(manifest)[1] == (2, f"{problem} Format the column as text and enter it again.")


@pytest.mark.parametrize("cell", DATES)
def test_without_a_header_a_date_is_no_version(cell: str) -> None:
    assert entries(reading("a.csv", f"Django;{cell}\n")) == [(1, "Django")]


@pytest.mark.parametrize(
    "header",
    [
        "Application,Technology,Version",
        "Application Name,Technology Stack,Version",
        "System,Produkt,Version",
        "Anwendung,Komponente,Version",
    ],
)
def test_technologies_of_applications(header: str) -> None:
    manifest = reading("a.csv", f"{header}\nShop,Django,3.2\n")
    assert entries(manifest) == [(2, "Django 3.2")]
    assert skipped(manifest)[0][1].endswith(f"Ignored columns: {header.split(',', maxsplit=1)[0]}.")


@pytest.mark.parametrize("title", ["Application", "System", "Anwendung"])
def test_applications_alone_are_the_technologies(title: str) -> None:
    assert entries(reading("a.csv", f"{title},Version\nJira,9.4\n")) == [(2, "Jira 9.4")]


@pytest.mark.parametrize("titles", ["Version,Owner", "Tags;Version;Team"])
def test_a_header_without_a_name_is_refused(titles: str) -> None:
    problem = str(refusal("a.csv", f"{titles}\n3.2,Web\n"))
    assert problem == "Line 1: No column has the names of technologies. Call it Technology, Product or Name."


@pytest.mark.parametrize("title", ["Inventory 2026", "Stand: 1,2,3", "Software", '"Titel, mit Komma";;', "# Stack"])
@pytest.mark.parametrize("name", ["a.csv", ""])
def test_a_title_without_the_separator_of_the_table(title: str, name: str) -> None:
    manifest = reading(name, f"{title}\n\nName;Version;Notiz\nDjango;3.2;a, b, c\n")
    assert [(entry.text, entry.attributes.note) for entry in manifest.entries] == [("Django 3.2", "a, b, c")]


@pytest.mark.parametrize("line", ["Tool, version", "Name and version", "our app, our team"])
def test_lines_with_the_words_of_a_header_are_no_table(line: str) -> None:
    assert reading("", f"Django 3.2\n{line}\nRedis 7\n").format is Format.LINES


def test_empty_rows() -> None:
    manifest = reading("a.csv", "name;version\n;\nDjango;3.2\n;;\n")
    assert entries(manifest) == [(3, "Django 3.2")]
    assert skipped(manifest)[1:] == [(2, "This row is empty."), (4, "This row is empty.")]


GERMAN = "Produkt;Version;Zuständig;Bemerkung\nDjango;3.2;Jürgen Groß;„läuft“ – noch 5 €\n"


@pytest.mark.parametrize("name", ["a.csv", "Übersicht.CSV", "a.tsv"])
def test_windows_1252(name: str) -> None:
    [entry] = read(name, GERMAN.encode("cp1252")).entries
    assert entry.attributes == TechAttributes(owner="Jürgen Groß", note="„läuft“ – noch 5 €")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "Zuständig\n".encode("cp1252")),
        ("a.csv", "Продукт;Версия\nDjango;3.2\n".encode("cp1251")),
        ("a.csv", "製品;版\nDjango;3.2\n".encode("shift-jis")),
        ("a.csv", GERMAN.encode() + "Grün;1\n".encode("cp1252")),
        ("a.csv", b"name;version\nDjango;\x81\n"),
        ("a.csv", GERMAN.encode() + b"\xff"),
    ],
)
def test_other_encodings_are_refused(name: str, content: bytes) -> None:
    with pytest.raises(ManifestError, match="neither UTF-8 nor UTF-16"):
        read(name, content)


def test_a_table_with_too_many_rows() -> None:
    rows = "".join(f"thing {number},1\n" for number in range(10_001))
    problem = str(refusal("a.csv", f"name,version\n{rows}"))
    assert problem == "Line 10002: More than 10,000 technologies. Split the file."


@pytest.mark.parametrize("table", ["name,version\n", "Produkt;Version;Team"])
def test_a_header_alone(table: str) -> None:
    assert reading("a.csv", table).why_empty[0] == "No technologies found."


@pytest.mark.parametrize("first", ["", "name,version\n"])
def test_a_line_with_millions_of_cells_is_no_header(first: str) -> None:
    """They are not compared with the titles of columns one by one, which takes a minute."""
    assert read("a.csv", f"{first}{'a,' * 1_000_000}".encode()).format is Format.CSV
