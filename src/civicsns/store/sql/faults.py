"""What a database's errors mean to the one who reads them: one sentence each, and what to do."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy import exc

from civicsns.errors import ConfigurationError, StoreError
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from civicsns.errors import CivicsnsError

_LOCKED = (
    Bilingual("ほかのプログラムが保管庫を使い続けています。", "Another program keeps the store locked."),
    Bilingual(
        "しばらくしてからやり直し、続くときは保管庫を開いているプログラムを終えてください。",
        "Try again shortly; if it stays so, end the program that has the store open.",
    ),
)
_READ_ONLY = (
    Bilingual("保管庫に書き込めません（読み取り専用です）。", "The store is read-only."),
    Bilingual(
        "ファイルとそのフォルダーに書き込める権限を与えるか、書き込めるデータベースを指定してください。",
        "Give this user the right to write to the file and its folder, or name a database that takes changes.",
    ),
)
_FULL = (
    Bilingual(
        "ディスクがいっぱいで、保管庫に書き込めませんでした。それまでの内容は無事です。",
        "The disk is full, so nothing was written to the store; what it held is safe.",
    ),
    Bilingual("空きを作ってからやり直してください。", "Make room, then try again."),
)
_CORRUPT = (
    Bilingual(
        "保管庫が壊れているか、データベースのファイルではありません。", "The store is damaged, or is no database."
    ),
    Bilingual(
        "ファイルをそのまま別の場所へ写してから、バックアップから戻してください。",
        "Copy the file away as it is, then restore a backup.",
    ),
)
_CANNOT_OPEN = (
    Bilingual("保管庫のファイルを開けません。", "The store's file cannot be opened."),
    Bilingual(
        "フォルダーがあることと、その権限を確かめてください。", "Check that its folder is there, and the rights to it."
    ),
)
_OUT_OF_REACH = (
    Bilingual("データベースにつながりません。", "The database cannot be reached."),
    Bilingual(
        "データベースが動いていること、宛先、利用者名を確かめてください。",
        "Check that it runs, its address and the user.",
    ),
)
_LOGIN = (
    Bilingual("データベースがこの利用者名とパスワードを拒みました。", "The database refused this user and password."),
    Bilingual("設定の store が示す秘密を確かめてください。", "Check the secret that `store` in the settings names."),
)
_NO_DATABASE = (
    Bilingual("その名前のデータベースがありません。", "There is no database of that name."),
    Bilingual("createdb で作るか、名前を直してください。", "Make it with createdb, or mend the name."),
)
_FORBIDDEN = (
    Bilingual("この利用者には、データベースへの権限が足りません。", "This user lacks rights on the database."),
    Bilingual(
        "そのデータベースのスキーマに表を作り、読み書きする権限を与えてください。",
        "Grant it the right to make tables in the database's schema, and to read and write them.",
    ),
)
_LOST = (
    Bilingual(
        "データベースとの接続が途中で切れました。書き込みは、すべて残ったか、何も残っていないかのどちらかです。",
        "The connection to the database was lost; what was being written is kept either whole or not at all.",
    ),
    Bilingual(
        "データベースが戻ってから、台帳を確かめて続けてください。",
        "When the database is back, look at the ledger before you go on.",
    ),
)
_BROKEN = Bilingual(
    "保管庫をそのままにして、バックアップを確かめてから、担当者に知らせてください。",
    "Leave the store as it is, check your backup, and tell whoever looks after it.",
)

#: By the first part of SQLite's error names (https://www.sqlite.org/rescode.html).
_SQLITE = {
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_PERM": _READ_ONLY,
    "SQLITE_FULL": _FULL,
    "SQLITE_CORRUPT": _CORRUPT,
    "SQLITE_NOTADB": _CORRUPT,
    "SQLITE_CANTOPEN": _CANNOT_OPEN,
}

#: By SQLSTATE, or its class (PostgreSQL's manual, appendix A).
_LOCK_TIMEOUT = "55P03"
_POSTGRES = {
    _LOCK_TIMEOUT: _LOCKED,
    "40P01": _LOCKED,
    "25006": _READ_ONLY,
    "53100": _FULL,
    "XX001": _CORRUPT,
    "XX002": _CORRUPT,
    "42501": _FORBIDDEN,
    "28P01": _LOGIN,
    "28000": _LOGIN,
    "3D000": _NO_DATABASE,
    "57P03": _OUT_OF_REACH,
    "53300": _OUT_OF_REACH,
    "57P01": _LOST,
    "57P02": _LOST,
    "08": _LOST,
}

#: A connection that fails has no SQLSTATE in psycopg; PostgreSQL's own words, where they are in English, say why.
_GREETINGS = (
    ("password authentication failed", _LOGIN),
    ("no password supplied", _LOGIN),
    ('role "', _LOGIN),
    ("pg_hba.conf", _LOGIN),
    ('database "', _NO_DATABASE),
)


def fault(error: exc.SQLAlchemyError, *, place: str) -> StoreError:
    """
    Say what *error* means.

    Args:
        error: What SQLAlchemy raised.
        place: Which store, without a password.
    """
    what, mend = _meaning(error)
    return StoreError(what, mend=mend, place=place)


def _meaning(error: exc.SQLAlchemyError) -> tuple[Bilingual, Bilingual]:
    if isinstance(error, exc.TimeoutError):
        return _LOCKED
    cause = error.orig if isinstance(error, exc.DBAPIError) else None
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "")
        known = _SQLITE.get("_".join(name.split("_")[:2]))
        return known or _other(name or type(cause).__name__)
    state = str(getattr(cause, "sqlstate", None) or "")
    known = _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    if known:
        return known
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return _LOST
    if isinstance(error, exc.OperationalError) and not state:
        words = str(cause)
        return next((meaning for part, meaning in _GREETINGS if part in words), _OUT_OF_REACH)
    return _other(state or type(cause or error).__name__)


def _other(name: str) -> tuple[Bilingual, Bilingual]:
    return (
        Bilingual(f"データベースが誤り {name} を返しました。", f"The database answered with the error {name}."),
        _BROKEN,
    )


def waited_in_vain(error: Exception) -> bool:
    """Whether the database kept us waiting until our patience was at an end."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else None
    return getattr(cause, "sqlstate", None) == _LOCK_TIMEOUT


def cut_off(error: Exception) -> bool:
    """Whether the connection was lost, so that nobody has told us how it ended."""
    return isinstance(error, exc.DBAPIError) and error.connection_invalidated


def interrupted(place: str) -> StoreError:
    """Say that the program was interrupted while something was being kept."""
    return StoreError(
        Bilingual(
            "保管の途中でプログラムが中断されました。書き込みは、すべて残ったか、何も残っていないかのどちらかです。",
            "The program was interrupted while this was being kept; it is kept either whole or not at all.",
        ),
        mend=Bilingual("台帳を確かめてから続けてください。", "Look at the ledger before you go on."),
        place=place,
    )


def lost(place: str) -> StoreError:
    """Say that the connection was lost, and that nothing was kept."""
    return StoreError(
        Bilingual(
            "データベースとの接続が途中で切れ、何も残りませんでした。",
            "The connection to the database was lost, and nothing was kept.",
        ),
        mend=Bilingual("もう一度実行してください。", "Try again."),
        place=place,
    )


def engaged(place: str) -> StoreError:
    """Say that somebody else is at it for too long."""
    return StoreError(
        Bilingual("ほかの処理が長く続いています。", "Somebody else has been at it for too long."),
        mend=Bilingual("しばらくしてから、やり直してください。", "Try again in a while."),
        place=place,
    )


def damaged(place: str, part: str) -> StoreError:
    """Say that *part* of the store is not what was written."""
    return StoreError(
        Bilingual(
            f"保管庫の {part} が、書いたときのものと違います。", f"{part} in the store is not what was written there."
        ),
        mend=_CORRUPT[1],
        place=place,
    )


def newer(place: str, by: str) -> CivicsnsError:
    """Say that a later civicsns has worked on the store."""
    return ConfigurationError(
        Bilingual(
            f"この保管庫は、より新しい civicsns（{by}）のものです。", f"The store belongs to a later civicsns ({by})."
        ),
        mend=Bilingual(
            f"civicsns を {by} 以降に上げるか、上げる前のバックアップを使ってください。",
            f"Upgrade civicsns to {by} or later, or use the backup from before.",
        ),
        place=place,
    )


def outgrown(place: str) -> StoreError:
    """Say that a later civicsns has changed the store under a process that was at work; nothing was kept."""
    return StoreError(
        Bilingual(
            "より新しい civicsns がこの保管庫を更新したので、このプロセスは書き込めません。何も残していません。",
            "A later civicsns has brought the store up to date, so this process writes no more; nothing was kept.",
        ),
        mend=Bilingual(
            "このプロセスを終え、新しい civicsns を起動してください。待っている投稿は新しいほうが送ります。",
            "End this process and start the later one; it delivers what waits.",
        ),
        place=place,
    )


def foreign(place: str) -> CivicsnsError:
    """Say that the database is somebody else's."""
    return ConfigurationError(
        Bilingual("これは civicsns の保管庫ではありません。", "This is not a store of civicsns."),
        mend=Bilingual(
            "設定の store に、civicsns だけが使うファイルかデータベースを指定してください。",
            "Name a file or a database that is civicsns's own as `store` in the settings.",
        ),
        place=place,
    )


def read_only(place: str) -> StoreError:
    """Say that the database takes no changes."""
    return StoreError(_READ_ONLY[0], mend=_READ_ONLY[1], place=place)


def wrong_address(reason: Bilingual) -> CivicsnsError:
    """Say that a store's address is none; it is not quoted, since it may hold a password."""
    return ConfigurationError(
        Bilingual(
            f"保管庫の宛先が正しくありません。{reason.ja}", f"The address of the store is not right. {reason.en}"
        ),
        mend=Bilingual(
            "ファイルの場所か、postgresql://利用者@機械/データベース の形で指定してください。",
            "Give a file's path, or postgresql://user@host/database.",
        ),
        place="store",
    )


def no_driver(package: str) -> CivicsnsError:
    """Say that the package for PostgreSQL is missing."""
    return ConfigurationError(
        Bilingual(
            f"PostgreSQL に必要なパッケージ {package} がありません。", f"PostgreSQL needs the package {package}."
        ),
        mend=Bilingual(
            'pip install "civicsns[postgres]" を実行してください。', 'Run: pip install "civicsns[postgres]"'
        ),
        place="store",
    )
