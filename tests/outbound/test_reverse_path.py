"""Where delivery reports go, by the operator's choice."""

from dataclasses import replace

import pytest

from helpdesk.core.outgoing import Notice
from helpdesk.core.policy import ReversePath
from helpdesk.outbound.compose import MailComposer
from helpdesk.outbound.render import MailRenderer
from tests.outbound.mails import DESK, KEYRING, POLICY, outgoing

DESK_ONLY = MailComposer(replace(POLICY, reverse_path=ReversePath.DESK), KEYRING)


@pytest.mark.parametrize("null_reverse_path", [False, True])
@pytest.mark.parametrize("notice", [Notice.ANSWER, Notice.NEW_TICKET, Notice.CONFIRMATION])
def test_a_relay_that_takes_only_the_desk_s_address_gets_no_other(
    notice: Notice, renderer: MailRenderer, *, null_reverse_path: bool
) -> None:
    mail = outgoing(notice, null_reverse_path=null_reverse_path)

    delivery = DESK_ONLY.compose(mail, renderer.render(mail), [])

    assert delivery.reverse_path == DESK.address
