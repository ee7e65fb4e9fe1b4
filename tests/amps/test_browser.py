"""The ground under every browser test: a real Chromium sees the product with its static files and its policy."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_page_loads_with_its_style_sheets_and_breaks_no_policy(page):
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/accounts/login/")
    assert page.locator("input[name=login]").is_visible()
    assert {answer.status for answer in answers if "/static/" in answer.url} == {200}
    assert problems == []
    [policy] = [answer.headers["content-security-policy"] for answer in answers if answer.url.endswith("/login/")]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
