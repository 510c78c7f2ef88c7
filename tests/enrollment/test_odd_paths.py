from collections.abc import Callable

import pytest

from tests.support.enrollment import Browser, SchoolSystem


@pytest.mark.requirement("GWY-3")
@pytest.mark.parametrize("odd", ["%00", "a%00b"])
def test_a_name_that_no_database_looks_for_is_nobodys(
    make_school_system: Callable[..., SchoolSystem], browser: Browser, odd: str
) -> None:
    system = make_school_system(
        "712000", "registry.read", "registry.write", "claims.read", "claims.write", "pins.write"
    )
    named = [rule for rule in browser.app.url_map.iter_rules() if rule.arguments]
    answers = {
        (method, rule.rule): caller.call(
            method,
            browser.app.url_map.bind("x")
            .build(rule.endpoint, dict.fromkeys(rule.arguments, "ODD"), method=method)
            .replace("ODD", odd),
            prefix="",
            json={},
        ).status_code
        for rule in named
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"})
        for caller in (system, browser)
    }
    assert len(answers) >= 20
    assert set(answers.values()) == {404}, answers
