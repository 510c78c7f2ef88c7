"""What a browser calls itself, as people would say it: « Chrome, Android »; the API hands on the browser's own words (RFC 9110 §10.1.5)."""

import re

# The first that is found counts: most browsers call themselves by their models' names, too.
_BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/(\d+)")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/(\d+)")),
    ("Opera", re.compile(r"\bOPR/(\d+)")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"\b(?:Chrome|HeadlessChrome|CriOS)/(\d+)")),
    ("Safari", re.compile(r"\bVersion/(\d+)[\d.]* (?:Mobile/\w+ )?Safari/")),
)
_SYSTEMS = (
    ("iPhone", re.compile(r"\biPhone\b")),
    ("iPad", re.compile(r"\biPad\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMac OS X\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)
LONGEST = 80
# No browser says more of itself, and the patterns take the square of its length.
MOST_READ = 512


def name(told: str) -> str:
    """Return browser and system of what a browser calls itself; its own words where none of ours fits, "" where it says none."""
    return _name(told, with_version=False)


def name_with_version(told: str) -> str:
    """Return as `name`, with the browser's version: what whoever helps asks for first (XC-01)."""
    return _name(told, with_version=True)


def _name(told: str, *, with_version: bool) -> str:
    read = told[:MOST_READ]
    return (
        ", ".join(part for part in (_browser(read, with_version=with_version), _system(read)) if part) or told[:LONGEST]
    )


def _browser(told: str, *, with_version: bool) -> str:
    for browser, pattern in _BROWSERS:
        if (found := pattern.search(told)) is not None:
            return f"{browser} {found[1]}" if with_version else browser
    return ""


def _system(told: str) -> str:
    return next((system for system, pattern in _SYSTEMS if pattern.search(told)), "")
