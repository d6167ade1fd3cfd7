"""CSV: separators, headers, quotes."""

import pytest

from techs.imports.manifests import Evidence, Format, read
from tests.manifests import covered, entries, reading, refusal, skipped


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["stack.csv", ""])
def test_a_header_names_the_columns(separator: str, name: str) -> None:
    table = "Owner,Product,Version\nweb,Django,3.2.18\nweb,Node.js,20\nops,Postgres,\n".replace(",", separator)
    manifest = read(name, table.encode())
    assert manifest.format is Format.CSV
    assert manifest.evidence is (Evidence.NAME if name else Evidence.CONTENT)
    assert entries(manifest) == [(2, "Django 3.2.18"), (3, "Node.js 20"), (4, "Postgres")]
    assert skipped(manifest) == [(1, "The header.")]


def test_without_a_header_the_name_comes_first() -> None:
    manifest = reading("", "Django,3.2\nNode.js,v20.1\nWindows Server,2012 R2\n")
    assert manifest.format is Format.CSV
    assert entries(manifest) == [(1, "Django 3.2"), (2, "Node.js v20.1"), (3, "Windows Server 2012 R2")]


@pytest.mark.parametrize("line", ["Java 1,8", "Django 3.2, 2 servers", "Windows Server, Debian"])
def test_a_comma_alone_makes_no_table(line: str) -> None:
    manifest = read("", line.encode())
    assert (manifest.format, entries(manifest)) == (Format.LINES, [(1, line)])


def test_a_second_column_that_is_no_version_is_left_out() -> None:
    assert entries(reading("stack.csv", "Django 3.2,team web\nRedis,team ops\n")) == [(1, "Django 3.2"), (2, "Redis")]


def test_one_column_is_enough() -> None:
    assert entries(reading("stack.csv", "technology\nDjango 3.2\n")) == [(2, "Django 3.2")]


def test_quotes_and_cells_of_several_lines() -> None:
    table = 'name,version,note\n"Product, the ""big"" one",2,"two\nlines"\nDjango,3.2,\n'
    manifest = read("stack.csv", table.encode())
    assert entries(manifest) == [(2, 'Product, the "big" one 2'), (4, "Django 3.2")]
    assert covered(manifest) == {1, 2, 3, 4}


def test_excel_names_its_separator() -> None:
    manifest = read("stack.csv", b"sep=;\r\nname;version\r\nDjango, the framework;3.2\r\n")
    assert entries(manifest) == [(3, "Django, the framework 3.2")]
    assert [line for line, _ in skipped(manifest)] == [1, 2]


def test_a_row_without_a_name_is_skipped() -> None:
    assert skipped(reading("stack.csv", "name,version\n,3.2\n"))[1] == (2, "There is no name in this row.")


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ('name,version\nDjango,"3.2\nNode.js,20\n', 2),
        ('name,version\nDjango,3.2\nNode.js,"20"x\n', 3),
        ("name,version\n" + "x" * 140_000 + ",1\n", 2),
    ],
)
def test_a_broken_row_is_named(table: str, line: int) -> None:
    error = refusal("stack.csv", table)
    assert error.line == line
    assert str(error).startswith(f"Line {line}: This row is broken")


@pytest.mark.parametrize(
    "header",
    ["Owner,Software Name,Ver.", "owner,product_name,software-version", '"Owner","Technology name","Current Version"'],
)
def test_headers_that_people_write(header: str) -> None:
    assert [text for _, text in entries(reading("a.csv", f"{header}\nus,Django,3.2\n"))] == ["Django 3.2"]


@pytest.mark.parametrize("version", ["", "-", "n/a", "Unknown", "latest"])
def test_no_version_in_words(version: str) -> None:
    assert entries(reading("a.csv", f"name,version\nPostgres,{version}\n")) == [(2, "Postgres")]


def test_a_version_that_the_name_has() -> None:
    assert entries(reading("a.csv", "name,version\nDjango 4.2,4.2\n")) == [(2, "Django 4.2")]


@pytest.mark.parametrize("name", ["a.csv", ""])
def test_bars(name: str) -> None:
    assert entries(reading(name, "name|version\nDjango|3.2\n")) == [(2, "Django 3.2")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_as_spreadsheets_save_it(encoding: str) -> None:
    content = 'Version;Name;Owner\r\n3.2;"Django; the web one";us\r\n'.encode(encoding)
    assert entries(read("a.csv", content)) == [(2, "Django; the web one 3.2")]
