"""What is said of a delivery that did not go out, or of which nobody knows."""

from __future__ import annotations

from typing import Final

from civicsns.language import Bilingual

RESTORED: Final = Bilingual(
    "保管庫が古いバックアップに戻されたようなので、送信しませんでした。",
    "The store seems to have been restored from an older backup, so nothing was sent.",
)
LOOKED_FOR: Final = Bilingual(
    "すでに投稿されていないか、ネットワークを読み返して確かめます。",
    "The network is read back to find out whether it is there already.",
)
TOO_SLOW: Final = Bilingual("送信の準備に時間がかかりすぎました。", "It took too long to get ready for sending.")
AGAIN: Final = Bilingual("自動でやり直します。", "It is tried again by itself.")
READ_BACK: Final = Bilingual("ネットワークを読み返して確かめます。", "The network is read back to find out.")
NOT_OUT: Final = Bilingual("スレッドの前の投稿が出ていません。", "The part of the thread before it is not out.")
MEND_IT_FIRST: Final = Bilingual("前の投稿を直してから、やり直してください。", "Mend that part, and publish again.")
ONCE_LIFTED: Final = Bilingual(
    "投稿停止が解除されると送信します。一覧と解除は civicsns hold で行えます。",
    "It goes out once the hold is lifted; civicsns hold lists and lifts it.",
)


def faulty(error: Exception) -> Bilingual:
    """Say that an adapter ended with *error*, which is none of ours; its words are nobody's to repeat."""
    name = type(error).__name__
    return Bilingual(
        f"アダプターが想定外の誤り（{name}）で終わりました。", f"The adapter ended with an error of its own ({name})."
    )
