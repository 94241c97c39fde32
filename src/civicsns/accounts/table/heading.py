"""Headings 見出し: which column holds what, by the names that personnel systems give them."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.accounts.table.cell import Cell, written
from civicsns.accounts.table.flaw import Flaw
from civicsns.accounts.table.remark import letter
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from civicsns.accounts.table.remark import Remarks

#: The headings stand among so many rows from the top.
ROWS: Final = 10
_BRACKET: Final = re.compile(r"\((?:漢字|西暦|和暦|必須|任意|半角|全角|課)\)|[*※■●◎○#]|\[[^\]]*\]$")


@attrs.frozen(kw_only=True)
class Field:
    """
    Something that a column may hold.

    Attributes:
        name: How settings and Python call it.
        ja: How a table of our own would head it.
        aliases: Other headings, those first that are preferred where there are several.
    """

    name: str
    ja: str
    aliases: tuple[str, ...] = ()

    @property
    def said(self) -> Bilingual:
        """It in words."""
        return Bilingual(self.ja, self.name)


def _fields(*rows: tuple[str, str, str]) -> tuple[Field, ...]:
    return tuple(Field(name=name, ja=ja, aliases=tuple(aliases.split("|"))) for name, ja, aliases in rows)


#: What a roster may say of a member of staff.
STAFF: Final = _fields(
    (
        "number",
        "職員番号",
        "職員コード|職員ID|職員No|職員No.|社員番号|社員コード|社員ID|従業員番号|従業員コード|個人番号コード|個人コード|employee number|employee id|employee no|staff number|staff id|personnel number",
    ),
    ("name", "氏名", "漢字氏名|氏名漢字|職員氏名|職員名|社員名|名前|お名前|full name|employee name"),
    ("family", "姓", "氏|名字|苗字|姓漢字|漢字姓|family name|last name|surname"),
    ("given", "名", "名漢字|漢字名|given name|first name"),
    (
        "section",
        "所属",
        "所属名|所属名称|所属課|所属課名|所管課|課名|課|課所名|課室名|所属部署|部署名|部署|配属先|配属|勤務課|section name|department|division",
    ),
    ("section_code", "所属コード", "所属CD|所属番号|課コード|部署コード|section code|department code"),
    ("job", "職種", "職種名|職種名称|職群|job type"),
    ("post", "職名", "補職名|補職|職|職名称|役職|役職名|職位|職位名|post name|position|title|job title"),
    (
        "since",
        "採用年月日",
        "採用日|任用年月日|任用日|任用開始日|任期開始日|任期開始年月日|任期自|入庁日|入庁年月日|入社日|入社年月日|就任日|hire date|start date",
    ),
    (
        "until",
        "退職年月日",
        "退職日|退職予定日|退職予定年月日|任期満了日|任期満了年月日|任期終了日|任期終了年月日|任用終了日|任期末日|任期至|離職日|退社日|end date|termination date",
    ),
    ("effective", "発令日", "発令年月日|異動日|異動年月日|適用日|適用年月日|発効日|effective date"),
    ("duty", "本務兼務", "本務兼務区分|本兼区分|本務区分|兼務区分|本兼|兼務"),
)
#: What a list may say of an account.
ACCOUNTS: Final = _fields(
    ("id", "アカウントID", "アカウント|account|account id"),
    ("platform", "媒体", "ネットワーク|SNS|network"),
    ("handle", "ユーザー名", "ユーザ名|ハンドル|ハンドル名|アカウント名|user name|username"),
    ("network_id", "媒体側ID", "ユーザーID|ページID|network id|page id"),
    ("section", "所管課", "所属|担当課"),
    ("steward", "管理者", "管理者番号|管理責任者|本人"),
    ("personal", "個人", "個人アカウント"),
    ("posters", "投稿者", "投稿者番号"),
    ("purpose", "目的", "利用目的|用途"),
    ("opened", "開設日", "開設年月日"),
    ("closed", "閉鎖日", "閉鎖年月日"),
)
#: Of these a row may fill any: the first that has something counts.
_TOGETHER: Final = frozenset({"until"})


@attrs.frozen(kw_only=True)
class Headings:
    """
    The row of headings, read.

    Attributes:
        line: The line on which it stands.
        cells: The headings, as the file has them.
        columns: The columns, from 0, of what the table says; of several, the first that has something counts.
    """

    line: int
    cells: Sequence[str]
    columns: Mapping[str, Sequence[int]]

    def column(self, field: str) -> int | None:
        """Give the first column of a field; None where it has none."""
        found = self.columns.get(field)
        return found[0] if found else None


@attrs.frozen(kw_only=True)
class Wants:
    """
    What a table is to say.

    Attributes:
        fields: All that it may say.
        required: What it must say: of each of these one, or the ones behind it together.
        named: The headings that the settings give, by what they stand for.
    """

    fields: Sequence[Field]
    required: Sequence[Sequence[str]]
    named: Mapping[str, str] = attrs.field(factory=dict)

    def count(self, row: Sequence[Cell]) -> int:
        """Count the cells of a row that are headings."""
        own = {_plain(name) for name in self.named.values()}
        return sum(plain in own or plain in _known(tuple(self.fields)) for plain in map(_plain, map(written, row)))

    def complete(self, row: Sequence[Cell]) -> bool:
        """Whether a row has all that is required."""
        known = _known(tuple(self.fields))
        found = {known.get(plain, ("",))[0] for plain in map(_plain, map(written, row))}
        found |= {name for name, said in self.named.items() if _plain(said) in {_plain(written(one)) for one in row}}
        return not any(self._lacks(found))

    def _lacks(self, found: set[str]) -> list[Field]:
        by_name = {field.name: field for field in self.fields}
        return [
            by_name[choice[0]]
            for choice in self.required
            if choice[0] not in found and not (choice[1:] and found.issuperset(choice[1:]))
        ]

    def find(self, rows: Sequence[tuple[int, Sequence[Cell]]], remarks: Remarks) -> tuple[int, Headings]:
        """
        Find the row of headings among the first rows.

        Returns:
            Its place among the rows, and what it says.

        Raises:
            RosterError: If there is none, or it lacks what is required.
        """
        first = rows[:ROWS]
        counts = [self.count(row) for _, row in first]
        most = max(counts, default=0)
        if most == 0:
            self._nothing(first, remarks)
        place = counts.index(most)
        line, row = first[place]
        cells = [" ".join(written(cell).split()) for cell in row]
        if place:
            above = sum(any(written(cell).strip() for cell in earlier) for _, earlier in first[:place])
            if above:
                remarks.add(Flaw.HEADING_LOWER, line=line, count=above)
        return place, Headings(line=line, cells=cells, columns=self._columns(line, cells, remarks))

    def _columns(self, line: int, cells: Sequence[str], remarks: Remarks) -> dict[str, list[int]]:
        known = _known(tuple(self.fields))
        places: dict[str, list[tuple[int, int]]] = {}
        plain = [_plain(cell) for cell in cells]
        self._twice(line, cells, plain, remarks)
        named: dict[int, str] = {}
        for name, said in self.named.items():
            if _plain(said) in plain:
                named[plain.index(_plain(said))] = name
            else:
                shown = ", ".join(cell for cell in cells if cell)
                remarks.add(Flaw.NO_MAPPED, line=line, field=name, wanted=said, headings=Bilingual(shown, shown))
        for column, heading in enumerate(plain):
            if column in named:
                places[named[column]] = [(-1, column)]
            elif heading in known:
                name, rank = known[heading]
                if name not in self.named:
                    places.setdefault(name, []).append((rank, column))
        columns = {name: [column for _, column in sorted(found)] for name, found in places.items()}
        if lacking := self._lacks(set(columns) | set(self.named)):
            for field in lacking:
                self._missing(field, line, cells, remarks)
        if any(one.flaw in {Flaw.NO_COLUMN, Flaw.NO_MAPPED, Flaw.HEADING_TWICE} for one in remarks):
            raise remarks.stop()
        self._told(line, cells, columns, remarks)
        return columns

    def _told(self, line: int, cells: Sequence[str], columns: dict[str, list[int]], remarks: Remarks) -> None:
        by_name = {field.name: field for field in self.fields}
        for name, found in columns.items():
            if name in _TOGETHER:
                continue
            for column in found[1:]:
                remarks.add(
                    Flaw.COLUMN_PASSED,
                    line=line,
                    column=column,
                    heading=cells[column],
                    field=by_name[name].said,
                    used=cells[found[0]],
                )
            del found[1:]
        used = {column for found in columns.values() for column in found}
        unused = [cell for column, cell in enumerate(cells) if cell and column not in used]
        if unused:
            remarks.add(Flaw.COLUMN_UNUSED, line=line, headings=Bilingual("、".join(unused), ", ".join(unused)))

    def _twice(self, line: int, cells: Sequence[str], plain: Sequence[str], remarks: Remarks) -> None:
        known = _known(tuple(self.fields))
        own = {_plain(name) for name in self.named.values()}
        for column, heading in enumerate(plain):
            first = plain.index(heading)
            if heading and first < column and (heading in known or heading in own):
                remarks.add(Flaw.HEADING_TWICE, line=line, column=column, heading=cells[column], other=letter(first))

    def _missing(self, field: Field, line: int, cells: Sequence[str], remarks: Remarks) -> None:
        known = _known(tuple(self.fields))
        strangers = [cell for cell in cells if cell and _plain(cell) not in known]
        near = difflib.get_close_matches(field.ja, strangers, n=1, cutoff=0.4)
        remarks.add(
            Flaw.NO_COLUMN,
            line=line,
            wanted=field.ja,
            field=field.name,
            near=Bilingual(f"「{near[0]}」のことですか。", f"Is it {near[0]}?") if near else "",
        )

    def _nothing(self, rows: Sequence[tuple[int, Sequence[Cell]]], remarks: Remarks) -> None:
        for line, row in rows:
            if garbled := _garbled(self, [written(cell) for cell in row]):
                wrote, read = garbled
                remarks.add(Flaw.MOJIBAKE_FILE, line=line, wrote=wrote, read=read)
                raise remarks.stop()
        wanted = "、".join(field.ja for field in self.fields[:3])
        remarks.add(Flaw.NO_HEADING, rows=ROWS, wanted=wanted)
        raise remarks.stop()


def _garbled(wants: Wants, row: Sequence[str]) -> tuple[str, str] | None:
    """Say how headings were garbled, where undoing it gives headings."""
    for wrote, name in (("utf-8", "UTF-8"), ("cp932", "Shift_JIS"), ("euc_jp", "EUC-JP")):
        for read, other in (
            ("cp932", "Shift_JIS"),
            ("cp1252", "Windows-1252"),
            ("latin-1", "Latin-1"),
            ("euc_jp", "EUC-JP"),
        ):
            meant = [cell.encode(read, "ignore").decode(wrote, "ignore") for cell in row]
            if wrote != read and wants.count(meant):
                return name, other
    return None


def _plain(heading: str) -> str:
    """Give a heading without spaces, width, case and marks."""
    plain = unicodedata.normalize("NFKC", heading).casefold()
    plain = _BRACKET.sub("", "".join(plain.split()))
    return plain.replace("_", "").strip(":：")


@lru_cache(maxsize=8)
def _known(fields: tuple[Field, ...]) -> dict[str, tuple[str, int]]:
    return {
        _plain(alias): (field.name, rank)
        for field in fields
        for rank, alias in enumerate((field.ja, field.name, *field.aliases))
    }
