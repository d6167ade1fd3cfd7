"""Rows 18 and 19 of the priority rule: texts that name no known release or product. Pure."""

from collections.abc import Sequence
from datetime import date

from techs.rules.findings import Finding, newest
from techs.rules.products import Match, Outcome, ProductFacts, label_of, name_of


def rows_18_to_19(match: Match, *, today: date) -> Finding:
    instead = either(match.suggestions)
    if match.product:
        return Finding("RELEASE_UNKNOWN", 37, _release_unknown_text(match, match.product, instead, today=today))
    if match.outcome is Outcome.VENDOR:
        example = f", such as {instead}" if instead else ""
        return Finding("VENDOR", 39, f"This is the name of a vendor. Enter a product{example}.")
    if match.outcome is Outcome.AMBIGUOUS:
        several = len(match.suggestions) > 1
        names = instead if several else f"several products, such as {instead}" if instead else "several products"
        return row_19([names])
    if match.parts:
        text = f"We don't know this product. It looks like {len(match.parts)} technologies: enter each on its own line."
        return Finding("NO_MATCH", 38, text)
    hint = f"Did you mean {instead}?" if instead else "Enter a product and its version, such as Django 5.2."
    return Finding("NO_MATCH", 38, f"We don't know this product. {hint}")


def row_19(names: Sequence[str]) -> Finding:
    return Finding("AMBIGUOUS_NAME", 36, f"This can mean {either(names)}. Enter the one you use.")


def either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)


def _release_unknown_text(match: Match, product: ProductFacts, instead: str, *, today: date) -> str:
    typed = f"{product.title} {match.version}".strip()
    if match.newer_than_facts:
        return f"{typed} is newer than our lifecycle data from {product.facts_as_of}. Update the data."
    if match.next_newer and match.older_than_facts:
        oldest = label_of(match.next_newer)
        return f"{typed}: we don't know this release. It is older than {oldest}, the oldest one we have data for."
    if instead:
        return f"{typed}: we don't know this release. Did you mean {instead}?"
    example = newest(product.cycles, today=today)
    hint = f"Enter one such as {name_of(product, example)}" if example else "The lifecycle data has no releases for it"
    return f"{typed}: we don't know this release. {hint}."
