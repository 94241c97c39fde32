"""
Make the page of the command line from what the command itself prints.

`python tools/cli_help.py` writes `docs/reference/cli.md` and its English sister; with `--check` it compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.testing import CliRunner
from pages import settle

from civicsns.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADS = {
    "cli.md": "# コマンド\n\n`civicsns --help` が表示するとおりです。\n",
    "cli.en.md": "# The command line\n\nThis is what `civicsns --help` prints.\n",
}


def shown(*words: str) -> str:
    """Give what the command shows a reader."""
    done = CliRunner().invoke(
        cli,
        [*words, "--help"],
        prog_name="civicsns",
        catch_exceptions=False,
        # What click makes of any wider terminal.
        terminal_width=78,
    )
    return "\n".join(line.rstrip() for line in done.output.strip().splitlines())


def commands(group: click.Group, *above: str) -> Iterator[tuple[str, ...]]:
    """Give the words of *group* and of every command in it."""
    yield above
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)
        else:
            yield (*above, name)


def page(head: str) -> str:
    """Make the page: the command, then each of its subcommands."""
    parts = [head]
    for words in commands(cli):
        title = " ".join(("civicsns", *words))
        parts.append(f"\n## `{title}`\n\n```text\n$ {title} --help\n{shown(*words)}\n```\n")
    return "".join(parts)


def main() -> None:
    """Write or check both pages."""
    settle({f"reference/{name}": page(head) for name, head in HEADS.items()}, made_by="python tools/cli_help.py")


if __name__ == "__main__":
    main()
