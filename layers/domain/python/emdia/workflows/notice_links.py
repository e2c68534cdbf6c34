"""The links of a notice: where its receipt is confirmed, and where the e-mails of the ladder can be stopped."""

from dataclasses import dataclass

from emdia.compliance.notice_record import NoticeRecord
from emdia.errors import Rejected
from emdia.messages.outreach import Outreach
from emdia.ports import Pseudonyms

_KIND = "notice"


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the links of one operator's notices: unguessable, and without anything of the person."""

    pseudonyms: Pseudonyms
    public_url: str
    ans: str

    def confirm(self, record: NoticeRecord, outreach: str) -> str:
        """Where the person says that they received this sending (functions/confirm_notice)."""
        token = self.pseudonyms.seal_token(self.ans, f"{_KIND}|{record.contract}|{record.id}|{outreach}")
        return f"{self.public_url}/n/{token}"

    def unsubscribe(self, outreach: Outreach) -> str:
        """Where e-mails can be stopped (functions/receive_opt_out); a statutory notice comes all the same."""
        token = self.pseudonyms.seal_token(self.ans, f"{outreach.contract}|{outreach.channel}|{outreach.holder_key}")
        return f"{self.public_url}/u/{token}"


@dataclass(frozen=True, slots=True)
class Sending:
    """What a link of `confirm` names."""

    ans: str
    contract: str
    notice: str
    outreach: str


def opened(token: str, pseudonyms: Pseudonyms) -> Sending:
    """Raises Rejected `token-invalid` for a token that is not of such a link."""
    ans, text = pseudonyms.open_token(token)
    kind, *names = text.split("|")
    if kind != _KIND or len(names) != 3:
        raise Rejected("token-invalid")
    return Sending(ans, *names)
