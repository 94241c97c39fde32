"""What the command line says to those who have used it wrongly, in Japanese and in English."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final

import click
from click.exceptions import NoArgsIsHelpError

from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Generator

_JAPANESE: Final = re.compile("[ぁ-ヿ一-鿿]")


class Misuse(click.UsageError):
    """A command that was used wrongly, as it is shown."""

    def __init__(self, said: Bilingual, context: click.Context | None) -> None:
        super().__init__(str(said), context)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print what was wrong, how the command is used, and where to read more."""
        if self.ctx is not None:
            options = self.ctx.command.get_usage(self.ctx).partition(":")[2].strip()
            click.echo(f"使い方 / Usage: {options}", file=file, err=True)
            click.echo(f"くわしくは / More by: {self.ctx.command_path} --help\n", file=file, err=True)
        click.echo(self.message, file=file, err=True)


class Stopped(click.ClickException):
    """Somebody has said no where the command asked, or has stopped it there or elsewhere."""

    def __init__(self, said: Bilingual | None = None) -> None:
        super().__init__(str(said or Bilingual("中止しました。", "Stopped.")))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print that it was stopped."""
        click.echo(self.message, file=file, err=True)


class Bilingually(click.Group):
    """A group that says in both languages what was wrong with how it, or a command in it, was used."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """Read the group's own options."""
        with _in_both_languages():
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Read the options of the command that was named, and run it."""
        with _in_both_languages():
            return super().invoke(ctx)


@contextmanager
def _in_both_languages() -> Generator[None]:
    try:
        yield
    except (Misuse, NoArgsIsHelpError):
        raise
    except (click.Abort, KeyboardInterrupt):
        raise Stopped from None
    except click.UsageError as error:
        raise Misuse(_said(error), error.ctx) from error


def _said(error: click.UsageError) -> Bilingual:
    ja, en = _parts(error.message)
    match error:
        case click.MissingParameter():
            name, (help_ja, help_en) = _named(error), _parts(getattr(error.param, "help", None) or "")
            return Bilingual(
                f"{name} を指定してください" + (f"：{help_ja}" if help_ja else "。"),
                f"Give {name}" + (f": {help_en}" if help_ja else "."),
            )
        case click.BadParameter():
            name = _named(error)
            return Bilingual(f"{name} の値が正しくありません: {ja or error.message}", f"Invalid value for {name}: {en}")
        case _ if ja:
            return Bilingual(ja, en)
        case click.NoSuchOption():
            like = f" ({', '.join(error.possibilities)}?)" if error.possibilities else ""
            name = error.option_name
            return Bilingual(f"{name} というオプションはありません。{like}", f"There is no option {name}.{like}")
        case click.BadOptionUsage():
            return Bilingual(f"{error.option_name} の使い方が正しくありません。", error.format_message())
        case _:
            return Bilingual("そのようなコマンドか引数はありません。", error.format_message())


def _named(error: click.BadParameter) -> str:
    hint = error.param_hint
    if hint is None and error.param is not None:
        hint = (
            max(error.param.opts, key=len) if isinstance(error.param, click.Option) else error.param.human_readable_name
        )
    return hint if isinstance(hint, str) else ", ".join(hint or ())


def _parts(said: str) -> tuple[str, str]:
    """Take apart a sentence in both languages; what is English alone has no first part."""
    ja, _, en = said.partition(" / ")
    return (ja, en) if en and _JAPANESE.search(ja) else ("", said)
