"""P12, one try: where no message may go, how it is signed, and what every kind of broken receiver comes to."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
import time
from typing import Any

import pytest

from koridor.operator.common.refused import Refused
from koridor.operator.outbox import address, signing
from koridor.operator.outbox.address import UnreachableError, parse, resolve
from koridor.operator.outbox.send import Outcome, Sender
from receivers import Receiver, receiving

GOOD_URLS = (
    "https://partner.example/hook",
    "https://partner.example:8443/hook?x=1",
    "https://xn--80ak6aa92e.example",
    "https://93.184.216.34/",
    "https://[2606:2800:220:1:248:1893:25c8:1946]/",
    "HTTPS://Partner.Example./a",
)
BAD_URLS = (
    "http://partner.example/",
    "ftp://partner.example/",
    "file:///etc/passwd",
    "gopher://partner.example/",
    "//partner.example/",
    "partner.example",
    "https://",
    "https:///x",
    "https://partner.example:22/",
    "https://partner.example:0/",
    "https://partner.example:99999/",
    "https://partner.example:x/",
    "https://user@partner.example/",
    "https://user:word@partner.example/",
    "https://partner.example#@127.0.0.1/",
    "https://partner.example\\@127.0.0.1/",
    "https://partner.example/a b",
    "https://partner.example/\r\nHost: x",
    "https://пример.example/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.1./",
    "https://0/",
    "https://0.0.0.0/",
    "https://10.1.2.3/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://240.0.0.1/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[2606:2800::1%25eth0]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[::1/",
    "https://-partner.example/",
    "https://partner..example/",
    "https://" + "a" * 64 + ".example/",
    "https://partner.example/" + "a" * 2000,
)


@pytest.mark.parametrize("url", GOOD_URLS)
def test_public_urls_are_taken(url: str) -> None:
    """https, a name or a public address, one of the ports allowed."""
    assert parse(url, trial=False).secure


@pytest.mark.parametrize("url", BAD_URLS)
def test_urls_that_lead_inside_are_refused(url: str) -> None:
    """Other schemes and ports, users, line breaks, and every way of writing an address that is not public."""
    with pytest.raises(Refused) as refused:
        parse(url, trial=False)
    assert refused.value.code == "invalid"


def names(*numbers: str) -> Any:
    """A resolver by which every name has these addresses; how often it was asked is in its `asked`."""

    def lookup(host: str, port: int, **_: Any) -> list[Any]:
        lookup.asked.append(host)  # type: ignore[attr-defined]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in numbers]

    lookup.asked = []  # type: ignore[attr-defined]
    return lookup


@pytest.mark.parametrize(
    "number", ["127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fe80::1%eth0"]
)
def test_a_name_that_leads_inside_is_not_asked(number: str) -> None:
    """Not even where other addresses of the name are public: a resolver that mixes them is not trusted."""
    target = parse("https://partner.example/", trial=False)
    for numbers in ((number,), ("93.184.216.34", number)):
        with pytest.raises(UnreachableError, match="address_not_public"):
            resolve(target, trial=False, lookup=names(*numbers))
        assert Sender(1.0, lookup=names(*numbers))("https://partner.example/", b"", {}) == Outcome(
            "address_not_public", there=False
        )
    with pytest.raises(UnreachableError, match="no_such_name"):
        resolve(target, trial=False, lookup=names())


def test_special_addresses_agree_with_the_standard_library() -> None:
    """What Python's own reading of IANA's registries holds for special is not public here either."""
    for text in (
        "0.1.2.3",
        "10.0.0.1",
        "127.9.9.9",
        "169.254.1.1",
        "192.0.2.7",
        "198.18.0.1",
        "239.1.1.1",
        "250.0.0.1",
    ):
        one = ipaddress.ip_address(text)
        assert not one.is_global or one.is_multicast
        assert not address.is_public(one)
    for text in ("1.1.1.1", "8.8.8.8", "172.32.0.1", "192.169.0.1", "2a00:1450::1"):
        assert address.is_public(ipaddress.ip_address(text))


def test_a_name_is_asked_once_and_its_address_taken() -> None:
    """Rebinding: the connection goes to the number that was looked at, the name is asked once and is the Host."""
    with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        lookup = names("127.0.0.1")
        outcome = Sender(5.0, trial=True, lookup=lookup)(f"http://partner.example:{port}", b"{}", {})
        assert outcome == Outcome()
        assert lookup.asked == ["partner.example"]
        assert receiver.heard[0][0]["Host"] == f"partner.example:{port.partition('/')[0]}"


def tried(receiver: Receiver, mode: str, seconds: float = 5.0) -> Outcome:
    """What one try comes to."""
    receiver.mode = mode
    return Sender(seconds, trial=True)(receiver.url, b'{"a":1}', {"Content-Type": "application/json"})


def test_every_broken_receiver_comes_to_an_outcome() -> None:
    """Statuses below 500 but 429 are of the message; all else means that the receiver is not there. 507: disk full."""
    with receiving() as receiver:
        assert tried(receiver, "good") == tried(receiver, "204") == Outcome()
        assert tried(receiver, "400") == Outcome("status 400", there=True)
        for status in ("429", "500", "503", "507"):
            assert tried(receiver, status) == Outcome(f"status {status}", there=False)
        assert tried(receiver, "cut") == Outcome("no_answer", there=False)
        assert tried(receiver, "unheard") == Outcome("no_answer", there=False)
        assert len(receiver.heard) == 2
        with receiving() as other:
            receiver.elsewhere = other.url
            assert tried(receiver, "redirect") == Outcome("status 307", there=True)
            assert other.heard == []
    assert tried(receiver, "good") == Outcome("no_answer", there=False)


@pytest.mark.parametrize("mode", ["silent", "drip"])
def test_time_is_bounded_whatever_comes(mode: str) -> None:
    """An answer by single signs, each within the socket's own time-out, would take 10 s; it is cut after half a one."""
    with receiving() as receiver:
        began = time.monotonic()
        assert tried(receiver, mode, 0.5) == Outcome("timed_out", there=False)
        assert time.monotonic() - began < 5


def test_size_is_bounded() -> None:
    """An answer without end is read for 4 KiB and no further."""
    with receiving() as receiver:
        assert tried(receiver, "flood") == Outcome()


def test_a_receiver_without_tls_gets_nothing() -> None:
    """Over https nothing is told before the other side has shown who it is."""
    with receiving() as receiver:
        url = receiver.url.replace("http://", "https://")
        assert Sender(5.0, trial=True)(url, b"{}", {}) == Outcome("tls", there=False)
        assert receiver.heard == []


def test_a_signature_is_that_of_the_body_and_the_moment() -> None:
    """HMAC-SHA256 (RFC 2104) over `moment.body`, computed here anew; any change of body, moment or secret is seen."""
    body = '{"place":"Ələt"}'.encode()
    header = signing.sign(["new", "old"], body, 1_796_601_600)
    expected = hmac.new(b"new", b"1796601600." + body, hashlib.sha256).hexdigest()
    assert header.startswith(f"t=1796601600,v1={expected},v1=")
    for secrets in (["new"], ["old"], ["other", "old"]):
        assert signing.verify(secrets, body, header, 1_796_601_600 + 299)
    assert not signing.verify(["other"], body, header, 1_796_601_600)
    assert not signing.verify(["new"], body + b" ", header, 1_796_601_600)
    assert not signing.verify(["new"], body, header.replace("t=17", "t=16"), 1_796_601_600)
    assert not signing.verify(["new"], body, header, 1_796_601_600 + 301)
    assert not signing.verify(["new"], body, header, 1_796_601_600 - 301)
    for wrong in (
        "",
        "t=",
        "v1=x",
        "t=1,t=2,v1=x",
        "t=\u0661,v1=x",
        "t=9" + "9" * 20,
        f"t=1796601600,v1=\u0661{expected}",
    ):
        assert not signing.verify(["new"], body, wrong, 1_796_601_600)
