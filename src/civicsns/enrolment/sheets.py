"""Sheets 案内書: each link on a page of its own, to print and hand over, with a QR code; and tables for mail merge."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.enrolment.desk import named
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from civicsns.accounts.roster import Roster
    from civicsns.enrolment import Link

#: What spreadsheets take for a formula at the beginning of a cell (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

#: What the columns of the table are called.
_COLUMNS: Mapping[str, str] = {
    "section": "所属 / Section",
    "number": "職員番号 / Number",
    "name": "氏名 / Name",
    "account": "アカウント / Account",
    "until": "期限 / Until",
    "link": "リンク / Link",
}


@attrs.frozen(kw_only=True)
class Row:
    """
    One link, with all that a sheet says of it.

    Attributes:
        number: The personnel number; not on the sheet, as the page asks for it.
        name: The person's name.
        section: The person's section.
        account: The account, as people know it.
        until: Until when the link opens.
        url: The link.
        code: The link as a QR code: SVG.
    """

    number: str
    name: str
    section: str
    account: str
    until: str
    url: str = attrs.field(repr=False)
    code: str = attrs.field(default="", repr=False)


def html(links: Sequence[Link], roster: Roster, *, city: str) -> str:
    """
    Make a page for each link, A4, in Japanese and English; it holds the links, so keep it as one keeps a password.

    Args:
        links: The links, as they were just made.
        roster: Who is who.
        city: The programme's name.

    Raises:
        ConfigurationError: If the extra `web` is not installed.
    """
    segno, jinja2 = _extras()
    rows = [
        # A quarter of a code may be soiled (error correction Q); it is read from a desk at 40 mm.
        attrs.evolve(row, code=segno.make(row.url, error="q", micro=False).svg_inline(scale=4, border=4, omitsize=True))
        for row in _rows(links, roster)
    ]
    pages = jinja2.Environment(
        loader=jinja2.PackageLoader("civicsns.enrolment"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return str(pages.get_template("sheet.html").render(rows=rows, city=city))


def text(links: Sequence[Link], roster: Roster) -> str:
    """Make a plain text for each link, for mail; it holds the links."""
    return "\n\n".join(
        f"{row.name} 様（{row.section}） / Dear {row.name}\n"
        f"{row.account} を接続するためのリンクです（{row.until} まで、本人だけが使えます）。\n"
        f"This link connects {row.account}. It is for you alone, until {row.until}.\n"
        f"{row.url}\n"
        for row in _rows(links, roster)
    )


def table(links: Sequence[Link], roster: Roster, *, with_links: bool) -> str:
    """
    Make a CSV for mail merge, whose cells no spreadsheet takes for formulas.

    Args:
        links: The links.
        roster: Who is who.
        with_links: Whether it holds the links; whoever can read it can then open them.
    """
    names = [name for name in _COLUMNS if with_links or name != "link"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_COLUMNS[name] for name in names])
    for row in _rows(links, roster):
        cells = {**attrs.asdict(row), "link": row.url}
        writer.writerow([_cell(cells[name]) for name in names])
    return out.getvalue()


def _rows(links: Sequence[Link], roster: Roster) -> list[Row]:
    rows: list[Row] = []
    for link in links:
        invitation = link.invitation
        person, account = roster.person(invitation.person), roster.account(invitation.account)
        rows.append(
            Row(
                number=person.number,
                name=person.name,
                section=person.section,
                account=named(account),
                until=invitation.expires_at.strftime("%Y-%m-%d %H:%M"),
                url=link.url.reveal(),
            )
        )
    # As they are handed out: by section, and there by number.
    return sorted(rows, key=lambda row: (row.section, row.number, row.account))


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


def _extras() -> tuple[Any, Any]:
    try:
        import jinja2  # noqa: PLC0415 -- an extra
        import segno  # noqa: PLC0415 -- same
    except ImportError:
        raise ConfigurationError(
            Bilingual("案内書を作るには civicsns[web] を入れてください。", "Sheets are made by civicsns[web]."),
            mend=Bilingual("pip install 'civicsns[web]'", "pip install 'civicsns[web]'"),
            place="civicsns[web]",
        ) from None
    return segno, jinja2
