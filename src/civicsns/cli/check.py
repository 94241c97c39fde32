"""`civicsns check`: what the conduct rules say, before anything is sent."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager, nullcontext
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from civicsns.cli import options, own, report, standards
from civicsns.cli.findings import Shown
from civicsns.cli.texts import TextFile
from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Language
from civicsns.model import Context, PostRef, Severity
from civicsns.policy import bulk, checked, github, mending, sarif
from civicsns.policy.checked import Checked
from civicsns.program import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from civicsns.cli.standards import Standards
    from civicsns.model import Draft, Verdict
    from civicsns.policy.pack import Pack

FORMATS = ("text", "json", "jsonl", "sarif", "github")


@click.command()
@options.settings
@options.sketch
@options.standards
@click.option(
    "--file",
    "-f",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="1件の投稿が入ったファイル / A file that holds one post.",
)
@click.option(
    "--jsonl",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="1行1件のJSONをまとめて確認する / Check many posts, one a line as JSON.",
)
@click.option(
    "--format", "shape", type=click.Choice(FORMATS), default="text", show_default=True, help="形式 / The form."
)
@options.languages
@click.option("--strict", is_flag=True, help="要確認でも終了コードを1にする / Exit with 1 for review, too.")
@click.option("--fix", is_flag=True, help="安全な修正を施す / Make the changes that are safe.")
@click.option("--private", is_flag=True, help="私的な投稿 / A private post.")
@click.option("--time", "moment", help="投稿の日時。省くと今 / When it would go out; now unless given.")
@click.option("--on-duty/--off-duty", default=None, help="勤務時間中か / Whether the author is on duty.")
@click.option("--section", help="起案者の所管課 / The author's section.")
@click.option("--job", help="起案者の職種 / The author's job type.")
@click.option("--election/--no-election", default=None, help="選挙期間中か / Whether an election is on.")
@click.option("--disaster/--no-disaster", default=None, help="災害対応中か / Whether a disaster is on.")
@click.option("--reply-to", metavar="ACCOUNT", help="返信する投稿のアカウント / Whose post it answers.")
@click.option("--quote", metavar="ACCOUNT", help="引用・共有する投稿のアカウント / Whose post it shares.")
@click.pass_context
def check(
    context: click.Context,
    /,
    settings: Path,
    packs: tuple[str, ...],
    overlay: Path | None,
    jsonl: Path | None,
    *,
    shape: str,
    language: str | None,
    strict: bool,
    **given: Any,
) -> None:
    """
    投稿規範に照らして確認します。何も送信しません。

    Check posts against the conduct rules. Nothing is sent. Without settings, the pack jp-municipal is used.

    Exits with 0 where nothing blocks a post, 1 where something does (with --strict also where it asks for review), and
    2 where the settings or what was handed in could not be read.
    """
    languages = tuple(Language) if language is None else (Language(language),)
    try:
        held = standards.find(settings, asked=options.asked(context, "settings"), packs=packs, overlay=overlay)
        if jsonl is not None:
            _alone(context)
            _told(held)
            _in_bulk(jsonl, held, languages[0], strict=strict)
        items = list(_looked(held, settings, **given))
    except (BadInput, ConfigurationError) as error:
        click.echo(error.in_(Language.JA), err=True)
        click.echo(error.in_(Language.EN), err=True)
        sys.exit(2)
    mended = given["fix"]
    if shape == "text":
        # The mended text alone goes to where the next command reads it.
        _tell(Shown(report.console(stderr=mended), held.pack, languages), items, held)
        if mended and not given["files"]:
            click.echo(items[0].draft.text)
    else:
        click.echo(_written(shape, items, held.pack, languages[0], mended=mended))
        _told(held)
    sys.exit(max((_status(item.verdict, strict=strict) for item in items), default=0))


def _told(held: Standards) -> None:
    """Tell what in the city's overlay has grown old where a program reads the answers: on standard error."""
    Shown(report.console(stderr=True), held.pack, Language).notices(held.notices)


#: What else may be said where posts come by the line; the circumstances of each are in its line.
_WITH_LINES = frozenset({"settings", "packs", "overlay", "jsonl", "language", "strict"})


def _alone(context: click.Context) -> None:
    """Refuse what would not count beside `--jsonl`, instead of leaving it out in silence."""
    for option in context.command.params:
        name = option.name or ""
        if name in _WITH_LINES or not options.asked(context, name):
            continue
        if name == "shape" and context.params[name] in {"json", "jsonl"}:
            continue
        said = f"--jsonl と {option.opts[0]} は一緒に使えません。 / --jsonl and {option.opts[0]} do not go together."
        raise click.UsageError(said)


def _in_bulk(path: Path, held: Standards, language: Language, *, strict: bool) -> None:
    """Answer line by line as they come, and exit."""
    out = sys.stdout.buffer
    status = 0
    try:
        file = nullcontext(sys.stdin.buffer) if str(path) == "-" else path.open("rb")
    except OSError as error:
        raise _unreadable(path, error, "--jsonl") from error
    with file as lines:
        for said in bulk.answers(lines, held.answers, zone=held.zone, language=language):
            weighs = {finding["severity"] for finding in said.get("findings", ())}
            if "error" in said:
                status = 2
            elif status == 0 and strict and weighs & {Severity.BLOCK, Severity.REVIEW}:
                status = 1
            # Half a surrogate pair is written as JSON writes it.
            out.write(json.dumps(said, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
    out.flush()
    sys.exit(status)


def _looked(
    held: Standards,
    settings: Path,
    *,
    text: str | None,
    files: Sequence[Path],
    fix: bool,
    moment: str | None,
    on_duty: bool | None,
    section: str | None,
    job: str | None,
    election: bool | None,
    disaster: bool | None,
    reply_to: str | None,
    quote: str | None,
    **parts: Any,
) -> Iterator[Checked]:
    """Check what was handed in; with *fix*, mend it before."""
    known = Context(
        local_time=_time(moment, held),
        on_duty=on_duty,
        section=section,
        job=job,
        election=election,
        disaster=disaster,
        answered=reply_to or quote,
    )
    with _look(held, settings, whole=bool(parts["accounts"])) as look:
        for file in _texts(text, files):
            # What stands in a file is its text, be it the dash that means standard input elsewhere.
            draft = options.make_draft(text="" if file else "-" if text is None else text, **parts)
            draft = attrs.evolve(
                draft, text=file.text if file else draft.text, reply_to=_post_of(reply_to), quote=_post_of(quote)
            )
            own.remind(draft, zone=held.zone)
            verdict = look(draft, known)
            if fix:
                mended = mending.apply(draft, verdict.findings)
                if mended.text != draft.text and file:
                    file.write(mended.text)
                _write_files(draft, mended, parts["images"])
                draft, verdict = mended, look(mended, known)
            yield Checked(name=str(file.path) if file else "", draft=draft, verdict=verdict)


def _post_of(account: str | None) -> PostRef | None:
    return PostRef(platform="", id="", account=account) if account else None


def _write_files(draft: Draft, mended: Draft, images: Sequence[Path]) -> None:
    """Put what was taken out of pictures into copies: the city may want the originals as they are."""
    for before, after, path in zip(draft.media, mended.media, images, strict=True):
        if before.content != after.content:
            copy = path.with_stem(f"{path.stem}.clean")
            copy.write_bytes(after.content)
            report.console(stderr=True).print(
                f"撮影データを除いた写し / A copy without that data: {copy}", markup=False, soft_wrap=True
            )


@contextmanager
def _look(held: Standards, settings: Path, *, whole: bool) -> Generator[Callable[[Draft, Context], Verdict]]:
    """Give what looks at drafts: where it is known to which accounts they go, the programme itself."""
    if not whole:
        yield held.look
        return
    with Program.open(settings) as program:

        def look(draft: Draft, known: Context) -> Verdict:
            # Of a post that is answered the account alone is known, which is enough for rules.
            program.prepare(attrs.evolve(draft, reply_to=None, quote=None))
            return program.check(draft, known=known)

        yield look


def _texts(text: str | None, files: Sequence[Path]) -> Iterator[TextFile | None]:
    """Give the files that were handed in, and None before them for a text that is in none."""
    if text is None and not files and sys.stdin.isatty():
        said = "文章か --file を書いてください。 / Give a text, or --file."
        raise click.UsageError(said)
    if text is not None or not files:
        yield None
    for path in files:
        try:
            yield TextFile.read(path)
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable(path, error, "--file") from error


def _unreadable(path: Path, error: Exception, option: str) -> click.BadParameter:
    why = error.strerror if isinstance(error, OSError) else "UTF-8"
    return click.BadParameter(f"{path}: 読めません（{why}）。 / It cannot be read ({why}).", param_hint=option)


def _time(moment: str | None, held: Standards) -> datetime:
    if moment is None:
        return held.now
    try:
        when = datetime.fromisoformat(moment)
    except ValueError:
        said = "2026-04-01T09:00 のように書いてください。 / Write it as 2026-04-01T09:00."
        raise click.BadParameter(said, param_hint="--time") from None
    return when.astimezone(held.zone) if when.tzinfo else when.replace(tzinfo=held.zone)


def _written(shape: str, items: Sequence[Checked], pack: Pack | None, language: Language, *, mended: bool) -> str:
    if shape == "sarif":
        return sarif.log(items, pack, version=version("civicsns"), language=language)
    if shape == "github":
        return "\n".join(line for item in items for line in github.commands(item, language))
    tables = [checked.table(item, pack) | ({"text": item.draft.text} if mended else {}) for item in items]
    if shape == "jsonl":
        return "\n".join(json.dumps(table, ensure_ascii=False) for table in tables)
    return json.dumps({"checked": tables}, ensure_ascii=False, indent=1)


def _tell(shown: Shown, items: Sequence[Checked], held: Standards) -> None:
    for item in items:
        shown.text(item)
    shown.summary(items)
    shown.notices(held.notices)


def _status(verdict: Verdict, *, strict: bool) -> int:
    stops = {Severity.BLOCK, Severity.REVIEW} if strict else {Severity.BLOCK}
    return 1 if verdict.severity in stops else 0
