"""CSV: separators, headers, quotes."""

import pytest

from techs.imports.manifests import Evidence, Format, read
from techs.rules.attributes import NO_ATTRIBUTES, TechAttributes
from tests.support.manifests import covered, entries, notes, reading, refusal, skipped


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["stack.csv", ""])
def test_a_header_names_the_columns(separator: str, name: str) -> None:
    table = "Owner,Product,Version\nweb,Django,3.2.18\nweb,Node.js,20\nops,Postgres,\n".replace(",", separator)
    manifest = read(name, table.encode())
    assert manifest.format is Format.CSV
    assert manifest.evidence is (Evidence.NAME if name else Evidence.CONTENT)
    assert entries(manifest) == [(2, "Django 3.2.18"), (3, "Node.js 20"), (4, "Postgres")]
    assert skipped(manifest) == [(1, "Header row. Columns: Product (name).")]


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


@pytest.mark.parametrize("separator", [",", ";", "|"])
def test_quotes_after_a_separator_and_a_space(separator: str) -> None:
    """In tables written by hand, each separator is followed by a space."""
    table = 'name# version# owner# tags\n"Django"# "4.2"# Payments# "shop, web"\nRedis# 7# "a ""b"""# \n'
    manifest = reading("stack.csv", table.replace("#", separator))
    assert entries(manifest) == [(2, "Django 4.2"), (3, "Redis 7")]
    first, second = (entry.attributes for entry in manifest.entries)
    assert (first.owner, first.tags, second.owner) == ("Payments", ("shop", "web"), 'a "b"')


@pytest.mark.parametrize("cell", [' "x" y', ' 5" disk', ' "'])
def test_other_quotes_after_a_space_are_text(cell: str) -> None:
    assert entries(reading("stack.csv", f"name,version,notes\nDjango,3.2,{cell}\n")) == [(2, "Django 3.2")]


def test_excel_names_its_separator() -> None:
    manifest = read("stack.csv", b"sep=;\r\nname;version\r\nDjango, the framework;3.2\r\n")
    assert entries(manifest) == [(3, "Django, the framework 3.2")]
    assert [line for line, _ in skipped(manifest)] == [1, 2]


def test_a_row_without_a_name_is_skipped() -> None:
    assert skipped(reading("stack.csv", "name,version\n,3.2\n"))[1] == (2, "This row has no name.")


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
    assert str(error).startswith(f"Line {line}: Invalid row")


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


WEB = TechAttributes(owner="Team Web", tags=("shop", "web"))


@pytest.mark.parametrize("name", ["stack.csv", "stack.tsv", ""])
@pytest.mark.parametrize(
    "table",
    [
        'name,version,owner,tags\nDjango,3.2,Team Web,"shop,web"\n',
        "NAME;VERSION;OWNER;TAGS\r\nDjango;3.2;Team Web;shop web\r\n",
        "Tags\tTeam\tVersion\tTechnology\n#web #shop\tTeam Web\t3.2\tDjango\n",
        '"Labels","Responsible","Product","Ver."\n"Shop; web","Team Web","Django","3.2"\n',
        "label|Maintained by|Component|Installed-Version\nshop;web;|Team Web|Django|3.2\n",
        'sep=;\ntag;Owning team;Software Name;release\n"shop, web";Team Web;Django;3.2\n',
        "Team_Name,Keywords,app,version\nTeam Web,web shop web,Django,3.2\n",
    ],
)
def test_owner_and_tags(name: str, table: str) -> None:
    for content in (table.encode(), table.encode("utf-8-sig"), table.encode("utf-16")):
        manifest = read(name, content)
        assert [(entry.text, entry.attributes) for entry in manifest.entries] == [("Django 3.2", WEB)]
        assert notes(manifest) == {"Django 3.2": "owner Team Web, tags shop and web"}
        assert skipped(manifest)[-1][1].startswith("Header row.")


@pytest.mark.parametrize(
    ("impact", "support", "said"),
    [
        ("High", "Yes", TechAttributes(impact="high", extended_support=True)),
        ("CRITICAL", "true", TechAttributes(impact="critical", extended_support=True)),
        ("medium", "No", TechAttributes(impact="normal", extended_support=False)),
        ("low", "0", TechAttributes(impact="low", extended_support=False)),
        ("Vital", "0", TechAttributes(impact="critical", extended_support=False)),
        ("minor", "0", TechAttributes(impact="low", extended_support=False)),
        ("-", "n/a", NO_ATTRIBUTES),
        ("", "", NO_ATTRIBUTES),
    ],
)
@pytest.mark.parametrize("titles", ["impact,extended_support", "Business criticality,Extended Support"])
def test_impact_and_extended_support(titles: str, impact: str, support: str, said: TechAttributes) -> None:
    [entry] = reading("a.csv", f"{titles},name\n{impact},{support},Django\n").entries
    assert entry.attributes == said


@pytest.mark.parametrize("empty", ["", " ", "-", "n/a", "None", "TBD", "unknown", "?"])
def test_no_owner_and_no_tags_in_words(empty: str) -> None:
    [entry] = reading("a.csv", f"name,owner,tags\nDjango,{empty},{empty}\n").entries
    assert entry.attributes == NO_ATTRIBUTES


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (f"{'o' * 101},,,", "Owner: Use at most 100 characters (this has 101)."),
        (
            "a\u202eb,,,",
            "Owner: This contains control or invisible characters. Enter one team or person on one line.",
        ),
        (
            ",C++,,",
            (
                "Tags: A tag has 1 to 30 letters (a-z), digits, dots, hyphens and underscores, and starts with "
                "a letter or digit."
            ),
        ),
        (f",{' '.join(f't{number}' for number in range(11))},,", "Tags: Use at most 10 tags (this has 11)."),
        (",,5,", "Impact: Must be one of critical, high, normal, low."),
        (",,,perhaps", "Extended support: Must be yes or no."),
        (",,,,more", "This row has more cells than the header. Quote cells that contain the separator."),
    ],
)
def test_a_row_that_breaks_a_rule_is_skipped_with_the_reason(cells: str, why: str) -> None:
    manifest = reading("a.csv", f"name,owner,tags,impact,extended support\nDjango,{cells}\nRedis,ops,,,\n")
    assert entries(manifest) == [(3, "Redis")]
    assert skipped(manifest)[1:] == [(2, why)]


def test_empty_cells_behind_the_header_are_none() -> None:
    assert entries(reading("a.csv", "name,version\nDjango,3.2,,,\n")) == [(2, "Django 3.2")]


def test_columns_that_are_not_read_are_named() -> None:
    manifest = reading("a.csv", 'Seats,name,"Cost, yearly",,Version,Release\n3,Django,5,,3.2,x\n')
    assert skipped(manifest) == [(1, "Header row. Ignored columns: Seats, Cost, yearly, Release.")]
    manifest = reading("a.csv", f"name,{','.join(f'c{number}' for number in range(12))}\nDjango\n")
    assert skipped(manifest)[0][1].endswith("c8, c9 and 2 more.")


def test_without_a_header_the_other_cells_are_named() -> None:
    manifest = reading("a.csv", "Django,3.2,Team Web,,shop\nRedis,old,ops\nNode.js,20\n")
    assert notes(manifest) == {
        "Django 3.2": "ignored: Team Web, shop",
        "Redis": "ignored: old, ops",
        "Node.js 20": "",
    }


def test_a_corrected_row_keeps_what_it_says_of_the_team() -> None:
    manifest = reading("a.csv", "name,owner\nDjang,Web\n").corrected({0: "Django"})
    assert notes(manifest) == {"Django": "instead of Djang; owner Web"}
    assert manifest.entries[0].attributes == TechAttributes(owner="Web")


@pytest.mark.parametrize("first", ['sep="', "sep=,,", "sep="])
def test_what_names_no_separator(first: str) -> None:
    manifest = reading("a.csv", f"{first}\nDjango,3.2\n")
    assert entries(manifest)[0] == (1, first.rstrip(","))
    assert skipped(manifest) == []


@pytest.mark.parametrize(
    ("header", "understood"),
    [
        (
            "Name;Version;Verantwortlich;Schlagwörter;Kritikalität",
            "Verantwortlich (owner), Schlagwörter (tags), Kritikalität (impact)",
        ),
        (
            "Produkt;Installierte Version;Team;Labels;Auswirkung",
            "Produkt (name), Installierte Version (version), Team (owner)",
        ),
        (
            "Bezeichnung;Produktversion;Zuständiges Team;Stichwörter;Wichtigkeit",
            "Produktversion (version), Zuständiges Team (owner)",
        ),
        ("Software / Tool;Version in use;Owner (team);Tags;Business impact", "Software / Tool (name)"),
        (
            "componentName;componentVersion;owningTeam;tags;impact",
            "componentName (name), componentVersion (version), owningTeam (owner)",
        ),
        (
            "Name der Anwendung;Version;Ansprechpartner;Tags;Impact",
            "Name der Anwendung (name), Ansprechpartner (owner)",
        ),
    ],
)
def test_titles_in_english_and_german(header: str, understood: str) -> None:
    manifest = reading("stack.csv", f'{header}\nDjango;"3.2";Web;shop;hoch\n')
    assert understood in skipped(manifest)[0][1]
    assert entries(manifest) == [(2, "Django 3.2")]
    assert manifest.entries[0].attributes == TechAttributes(owner="Web", tags=("shop",), impact="high")


@pytest.mark.parametrize(
    "title", ["Latest version", "Target Version", "Serial number", "Release date", "Neueste Version"]
)
def test_titles_that_are_not_the_version_in_use(title: str) -> None:
    assert entries(reading("a.csv", f"name,{title}\nDjango,5.2\n")) == [(2, "Django")]


def test_a_title_above_the_table() -> None:
    manifest = reading("a.csv", "Inventory of 2026;;\n;;\nSoftware;Version;Team\nDjango;3.2;Web\n")
    assert entries(manifest) == [(4, "Django 3.2")]
    assert skipped(manifest) == [
        (1, "Above the header."),
        (2, "Above the header."),
        (3, "Header row. Columns: Software (name), Team (owner)."),
    ]


@pytest.mark.parametrize("line", ["Our software", "The web team owns these", "Django 3.2 is our framework"])
def test_a_sentence_is_no_header(line: str) -> None:
    assert (1, line) in entries(reading("", f"{line}\nRedis 7\n"))


@pytest.mark.parametrize("name", ["hosts.csv", ""])
@pytest.mark.parametrize(
    ("table", "texts"),
    [
        ("hostname,ip,os\nweb01,10.0.0.1,Ubuntu 20.04\ndb01,10.0.0.2,CentOS 7\n", ["Ubuntu 20.04", "CentOS 7"]),
        ("Name,IP,OS\nweb01,10.0.0.1,Ubuntu 20.04\n", ["Ubuntu 20.04"]),
        ("hostname;os;version\nweb01;Debian;10\n", ["Debian 10"]),
        ("Computer Name,Operating System,OS Version\npc1,Windows 10 Pro,21H2\n", ["Windows 10 Pro 21H2"]),
        ("VM Name,Guest OS,vCPU\nvm1,Windows Server 2016,4\n", ["Windows Server 2016"]),
        ("host,os version\nweb01,Ubuntu 18.04\n", ["Ubuntu 18.04"]),
        ("Server,Betriebssystem\nsrv1,Windows Server 2012 R2\n", ["Windows Server 2012 R2"]),
        ("OS,Count\nUbuntu 18.04,12\n", ["Ubuntu 18.04"]),
        # Another column has the technologies.
        ("hostname,software,version,os\nweb01,nginx,1.18,Ubuntu 20.04\n", ["nginx 1.18"]),
        ("Name,Version,OS\nnginx,1.18,Linux\n", ["nginx 1.18"]),
    ],
)
def test_the_technologies_of_hosts_are_their_systems(name: str, table: str, texts: list[str]) -> None:
    assert [text for _, text in entries(reading(name, table))] == texts


def test_a_table_of_hosts_alone_is_refused() -> None:
    assert "No column has the names of technologies" in str(
        refusal("hosts.csv", "hostname,ip,location\nweb,10.0.0.1,HH")
    )
