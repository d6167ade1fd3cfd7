"""Names and searches are split into words that find each other."""

import pytest

from techs.rules.search_words import WORD_LENGTH, ProductWords, key_of, range_of, terms_of, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Django 3.2", {"django", "3.2"}),
        ("PostgreSQL 14", {"postgresql", "sql", "14"}),
        ("SQLServer", {"sqlserver", "server"}),
        ("jdk11", {"jdk11", "11"}),
        ("log4j", {"log4j", "4j", "j"}),
        ("Node.js", {"node.js", ".js", "js"}),
        ("ASP.NET", {"asp.net", ".net", "net"}),
        ("@babel/core", {"@babel/core", "babel/core", "core"}),
        ("C++ 17", {"c++", "++", "17"}),
        ("F#", {"f#", "#"}),
        ("left-pad", {"left-pad", "pad"}),
        ("Résumé", {"resume"}),
        ("Резервное копирование", {"резервное", "копирование"}),
        ("データ基盤", {"データ基盤", "ータ基盤", "タ基盤", "基盤", "盤"}),
        ("Straße", {"strasse"}),
        ("+ ++ %", set()),
        ("", set()),
    ],
)
def test_words_of_names(name: str, words: set[str]) -> None:
    assert words_of(name) == words


def finds(search: str, name: str) -> bool:
    """Return whether each word of a search is the beginning of a word."""
    terms = terms_of(search)
    return bool(terms) and all(any(word.startswith(term) for word in words_of(name)) for term in terms)


@pytest.mark.parametrize(
    ("search", "name"),
    [
        ("sql", "PostgreSQL 14"),
        ("java 8", "Java 8"),
        ("java 8", "java8"),
        ("3.2", "Django 3.2.18"),
        ("DJANGO 3", "Django 3.2"),
        ("3.2 django", "Django 3.2"),
        (".net", "ASP.NET Core 3.1"),
        (".js", "node.js"),
        ("node.js,", "Node.js 20"),
        ("(beta)", "Thing (beta)"),
        ("c++", "C++ 17"),
        ("++", "C++ 17"),
        ("#", "F#"),
        ("c + 17", "C++ 17"),
        ("/core", "@babel/core"),
        ("babel/c", "@babel/core"),
        ("@babel", "@babel/core"),
        ("resume", "Résumé 2"),
        ("RÉSUMÉ", "Resume"),
        ("копир", "Резервное копирование"),
        ("基盤", "データ基盤"),
        ("strasse", "STRAßE"),
        ("redis - 6", "Redis 6.0"),
        *[(f"redis{mark}", "Redis 7") for mark in (".", ",", "...", ":", "!", "-", "\u2026", "\u3002", ".)", "/", "@")],
        *[(f"red{mark}hat", "Red Hat 9") for mark in ("-", "_", "/", ":", "--", "\u2011", ",", "\u00b7")],
        *[("red-hat", name) for name in ("red-hat 9", "red_hat", "Red/Hat", "RedHat")],
        ("red hat-9", "red-hat 9"),
        ("red hat", "red-hat 9"),
        ("utf-8", "UTF8 tables"),
        ("django 3.", "Django 3.2"),
        ("node.", "Node.js 20"),
        ("node.js.", "Node.js 20"),
        ("c++.", "C++ 17"),
        ("c++/cli", "C++/CLI"),
        ("c#-lib", "C# lib"),
        ("c#,", "C# 12"),
        (".net-core", "ASP.NET Core 3.1"),
        ("@babel/core", "@babel/core"),
        ("@types/node.", "@types/node 20"),
        ("o'reilly", "O'Reilly tools"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940 1"),
        ("x" * 80, "x" * 90),
    ],
)
def test_a_search_finds(search: str, name: str) -> None:
    assert finds(search, name)


@pytest.mark.parametrize(
    ("search", "name"),
    [
        *[("c++", "C 17"), ("c#", "C 12"), (".net", "Netty"), ("node.js", "Node 20"), ("red-hat", "Red Bat")],
        *[("gres", "postgres"), ("2", "Django 3.2"), ("django 4", "Django 3.2"), ("+", "a + b"), ("%", "100 %")],
        *[("", "x"), ("-", "a - b"), (".", "a . b"), ("--.", "a -- b")],
    ],
)
def test_a_search_does_not_find(search: str, name: str) -> None:
    assert not finds(search, name)


def test_long_words_and_many_terms_are_cut() -> None:
    assert all(len(word) <= WORD_LENGTH for word in words_of("ß" * 200 + " " + "ab1" * 60))
    assert len(terms_of(" ".join(map(str, range(100))))) == 10


def test_words_of_products() -> None:
    names = [("postgresql", "PostgreSQL"), ("postgresql", "pg"), ("mysql", "MySQL"), ("redis", "Redis")]
    words = ProductWords.of(names)
    assert words.beginning_with("sql") == ("mysql", "postgresql")
    assert words.beginning_with("p") == ("postgresql",)
    assert words.beginning_with("zz") == ()
    assert words.words_of("pg 14 shop", product="postgresql") == {"14", "shop"}
    assert words.words_of("pg 14 shop", product="") == {"pg", "14", "shop"}


def test_former_names_find_their_product_and_are_words_of_rows() -> None:
    words = ProductWords.of([("postgresql", "PostgreSQL")], former=[("postgresql", "pg"), ("gone", "Old thing")])
    assert words.beginning_with("pg") == ("postgresql",)
    assert words.beginning_with("thing") == ("gone",)
    assert words.words_of("pg 14", product="postgresql") == {"pg", "14"}


def test_keys_differ_with_the_words() -> None:
    assert key_of(["a", "b"]) == key_of(["b", "a"]) != key_of(["ab"])
    assert key_of([])


def test_a_range_has_exactly_what_begins_with_a_term() -> None:
    first, last = range_of("ab")
    assert [word for word in ("aa", "ab", "abz", "ab\U0001f600", "ac") if first <= word < last] == [
        "ab",
        "abz",
        "ab\U0001f600",
    ]
