"""What every test shares: the fixtures of `tests.support` and the record of proven requirements."""

pytest_plugins = [
    "tests.support.databases",
    "tests.support.fixtures",
    "tests.support.folders",
    "tests.support.kafka",
    "tests.support.objects",
    "tests.support.requirements",
]
