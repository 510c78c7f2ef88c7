"""A browser before identity's HTTP door: it keeps the cookies that it is given, as the gateway hands them over."""

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from shared import cookies
from shared.passports import Passport
from tests.identity.conftest import ANYBODY, Caller

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Browser:
    """One browser."""

    def __init__(self, call: Caller) -> None:
        self.call = call
        self.held: dict[str, str] = {}

    @property
    def passport(self) -> Passport:
        """Who the gateway says that this browser is."""
        token = self.held.get(cookies.SESSION)
        return self.call.as_parent(token) if token else ANYBODY

    def open(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request and keep what is set."""
        if social := self.held.get(cookies.SOCIAL):
            headers["Social-Token"] = social
        answered = self.call(method, path, body, passport=self.passport, headers=headers)
        for line in answered.headers.getlist("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.held[name.removeprefix("__Host-")] = morsel.value
        return answered

    def start(self, provider: str, return_to: str = "/enfants", **query: str) -> str:
        """Choose a provider; return the address that the browser is sent to."""
        asked = urlencode({"return_to": return_to} | query)
        answered = self.open("GET", f"/api/v1/social/{provider}/start?{asked}")
        assert answered.status_code == 303, answered.text
        location: str = answered.headers["Location"]
        return location

    def come_back(self, url: str, **headers: str) -> Any:
        """Follow the way back that a provider has sent the browser on."""
        parts = urlsplit(url)
        return self.open("GET", f"{parts.path}?{parts.query}", **headers)

    def answer(self, provider: str, **given: str) -> Any:
        """Come back with an answer of one's own making."""
        return self.open("GET", f"/api/v1/social/{provider}/callback?{urlencode(given)}")


def query_of(url: str) -> dict[str, str]:
    """Return the query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
