"""techs.webhooks.payloads: the words of chat messages."""

import json

from techs.webhooks import payloads


def test_an_accepted_risk_looks_accepted_in_a_chat() -> None:
    change = {"name": "Vue 2.7", "from_level": "critical", "to_level": "low", "why": "Risk accepted until 2027-02-01."}
    text = json.loads(payloads.as_chat([change]))["text"]
    assert "• Vue 2.7: critical → accepted. Risk accepted until 2027-02-01." in text
