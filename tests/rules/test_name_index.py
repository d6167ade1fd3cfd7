"""Names and release cycles of products that are not in the starter table."""

import pytest

from techs.rules.matching import find
from techs.rules.products import Match, Outcome
from tests.support.matching import found, index_of, product


class TestNameTable:
    """The two passes, with any set of products."""

    def test_a_short_title_does_not_take_another_products_name(self) -> None:
        index = index_of(
            product("amazon-linux", "2", title="Amazon Linux"), product("linux", "6.1", title="Linux Kernel")
        )
        assert found(find("linux 6.1", index)) == ("linux", "6.1")

    def test_a_short_title_of_two_products_means_neither(self) -> None:
        index = index_of(product("a-thing", "1", title="IBM Thing"), product("b-thing", "1", title="Oracle Thing"))
        assert find("thing 1", index).outcome is Outcome.NO_MATCH
        assert found(find("ibm thing 1", index)) == ("a-thing", "1")

    def test_a_short_title_that_says_too_little_is_not_accepted(self) -> None:
        index = index_of(product("oracle-database", "19", title="Oracle Database"))
        assert find("database 19", index).outcome is Outcome.NO_MATCH
        assert found(find("Oracle Database 19", index)) == ("oracle-database", "19")

    def test_facts_come_before_curated_names(self) -> None:
        index = index_of(product("docker", "1"), product("docker-engine", "25.0"))
        assert found(find("docker 1", index)) == ("docker", "1")

    def test_facts_come_before_ambiguous_names(self) -> None:
        assert found(find("java 17", index_of(product("java", "17")))) == ("java", "17")

    def test_an_alias_of_two_products_means_neither(self) -> None:
        index = index_of(product("one", "1", aliases=("both",)), product("two", "1", aliases=("both",)))
        assert find("both 1", index).outcome is Outcome.NO_MATCH

    def test_the_longest_name_wins(self) -> None:
        index = index_of(product("ros", "noetic"), product("ros-2", "humble", title="ROS 2"))
        assert found(find("ROS 2 humble", index)) == ("ros-2", "humble")
        assert found(find("ROS noetic", index)) == ("ros", "noetic")

    def test_no_products_know_nothing(self) -> None:
        assert find("Django 3.2", index_of()) == Match(Outcome.NO_MATCH)


class TestLines:
    """Versions, service packs and codenames."""

    def test_build_numbers_do_not_tell_the_service_pack(self) -> None:
        index = index_of(product("server", "13.0", "13.0-sp1", "13.0-sp2"))
        assert len(find("server 13.0.5000", index).candidates) == 3
        assert found(find("server 13.0", index)) == ("server", "13.0")

    def test_a_suffix_that_tells_lines_apart_is_not_dropped(self) -> None:
        index = index_of(product("zerto", "10.0", "10.0_u1"))
        assert found(find("zerto 10.0 U1", index)) == ("zerto", "10.0_u1")
        assert find("zerto 10.0 U9", index).outcome is Outcome.RELEASE_UNKNOWN

    def test_models_with_letters_are_not_versions_with_suffixes(self) -> None:
        index = index_of(product("pixel", "10", "10a"))
        assert found(find("pixel 10a", index)) == ("pixel", "10a")
        assert find("pixel 10b", index).outcome is Outcome.RELEASE_UNKNOWN

    @pytest.mark.parametrize("text", ["PS5", "ps5 pro", ">Ps3t0<. t1.-.", "Ps7@07S(3"])
    def test_two_letters_glued_to_a_number_that_fits_no_line_are_something_else(self, text: str) -> None:
        index = index_of(product("powershell", "7.4", aliases=("ps",)))
        assert find(text, index).outcome is Outcome.NO_MATCH
        assert find("ps7.1", index).outcome is Outcome.RELEASE_UNKNOWN
        assert found(find("ps 7.4", index)) == ("powershell", "7.4")

    def test_a_codename_of_several_lines_leaves_them_open(self) -> None:
        index = index_of(product("cakephp", "5.0", "5.1", codename="Chiffon"))
        assert len(find("cakephp chiffon", index).candidates) == 2

    def test_a_codename_alone_needs_to_be_unique(self) -> None:
        ubuntu, nixos = product("ubuntu", "22.04", codename="Jammy"), product("nixos", "21.11", codename="Jammy")
        assert found(find("jammy", index_of(ubuntu))) == ("ubuntu", "22.04")
        assert find("jammy", index_of(ubuntu, nixos)).outcome is Outcome.NO_MATCH

    def test_service_packs_of_suse_are_minor_versions_in_the_facts(self) -> None:
        assert found(find("SLES 15 SP5", index_of(product("sles", "15.5", "15.4")))) == ("sles", "15.5")


def test_a_product_without_lines_leaves_nothing_to_choose_from() -> None:
    assert find("thing", index_of(product("thing"))).outcome is Outcome.RELEASE_UNKNOWN
    assert find("thing 1.0", index_of(product("thing"))).outcome is Outcome.RELEASE_UNKNOWN
