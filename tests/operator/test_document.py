"""P15 turned round: whatever the document says may be asked, and may not, is answered as the document says.

`python -m benchmarks desk-fuzz --examples 200` asks at length, with `--where` on PostgreSQL too.
"""

from __future__ import annotations

import pytest
from fuzzed import run
from known import prepare

from koridor.operator import check
from koridor.operator.common.desk import Desk


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)  # most of its time goes to the questions, not the desk
def test_the_whole_api_answers_as_its_document_says(desk: Desk) -> None:
    """No server error, no status, type, header or body that is not declared, 405 with all methods for every one that
    is not; what was asked leaves the books right. Each of more than a hundred operations is asked, and half of them
    grant something, so that it is not all refused at the door.
    """
    prepare(desk)
    found = run(desk, 2, phases=("coverage", "fuzzing"), one_in=40)
    assert found.failures == {}
    assert found.server_errors == 0
    assert found.operations > 100
    assert len(found.granted) > 0.4 * found.operations
    assert desk.store.read(check.problems) == []


def test_walks_along_the_links(desk: Desk) -> None:
    """The same of requests that each take an id from the answer to the one before, as the links of the document say."""
    prepare(desk)
    found = run(desk, 4, phases=("stateful",))
    assert found.failures == {}
    assert found.server_errors == 0
    assert found.granted
    assert desk.store.read(check.problems) == []
