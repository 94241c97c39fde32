"""The flaws 不備 of tables: the kinds of what is found in one, and how much each weighs."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Grade(StrEnum):
    """How much a remark weighs."""

    #: Nothing of the table is taken in.
    FAULT = "fault"
    #: Somebody should look at it.
    QUESTION = "question"
    #: How the table was understood.
    NOTE = "note"


class Flaw(StrEnum):
    """What there is to find."""

    # The file.
    UNREADABLE = "unreadable"
    EMPTY_FILE = "empty_file"
    OLD_EXCEL = "old_excel"
    NO_TABLE = "no_table"
    NO_MARK = "no_mark"
    OTHER_ENCODING = "other_encoding"
    NOT_ENCODED = "not_encoded"
    MIXED_ENCODING = "mixed_encoding"
    MOJIBAKE_FILE = "mojibake_file"
    QUOTE_OPEN = "quote_open"
    BROKEN_ROW = "broken_row"
    BROKEN_BOOK = "broken_book"
    HUGE_BOOK = "huge_book"
    NO_SHEET = "no_sheet"
    SEVERAL_SHEETS = "several_sheets"
    MERGED = "merged"
    NO_VALUE = "no_value"
    # The headings.
    NO_HEADING = "no_heading"
    NO_COLUMN = "no_column"
    NO_MAPPED = "no_mapped"
    HEADING_TWICE = "heading_twice"
    # The rows.
    CELLS_MISSING = "cells_missing"
    CELLS_EXTRA = "cells_extra"
    EMPTY = "empty"
    TWICE = "twice"
    TWICE_ID = "twice_id"
    SAME_ROW = "same_row"
    ZEROS_ALONE = "zeros_alone"
    FORMULA = "formula"
    ERROR_VALUE = "error_value"
    CONTROL = "control"
    DIRECTION = "direction"
    LINE_BREAK = "line_break"
    TOO_LONG = "too_long"
    MOJIBAKE = "mojibake"
    LETTER_LOST = "letter_lost"
    OWN_LETTER = "own_letter"
    # Their cells.
    NOT_A_NUMBER = "not_a_number"
    SCIENTIFIC = "scientific"
    DECIMAL = "decimal"
    LONGER = "longer"
    NAME_IS_NUMBER = "name_is_number"
    NO_DAY = "no_day"
    NO_SUCH_DAY = "no_such_day"
    YEAR_SHORT = "year_short"
    DAY_FIRST = "day_first"
    OTHER_ERA = "other_era"
    FAR_YEAR = "far_year"
    REVERSED = "reversed"
    NO_SECTION = "no_section"
    NO_DUTY = "no_duty"
    YES_OR_NO = "yes_or_no"
    NO_PERSON = "no_person"
    # Questions.
    ZEROS_LOST = "zeros_lost"
    SAME_PERSON = "same_person"
    SECTION_SPELT = "section_spelt"
    CODE_OF_TWO = "code_of_two"
    SECTION_EMPTY = "section_empty"
    # Notes.
    READ_AS = "read_as"
    SHEET_READ = "sheet_read"
    HEADING_LOWER = "heading_lower"
    COLUMN_UNUSED = "column_unused"
    COLUMN_PASSED = "column_passed"
    TOTALS = "totals"
    SECOND_POSTS = "second_posts"
    INVISIBLE = "invisible"
    SERIALS = "serials"
    PADDED = "padded"
    TEXT_MARK = "text_mark"

    @property
    def grade(self) -> Grade:
        """How much it weighs."""
        if self in _QUESTIONS:
            return Grade.QUESTION
        return Grade.NOTE if self in _NOTES else Grade.FAULT


_QUESTIONS: Final = frozenset(
    {Flaw.ZEROS_LOST, Flaw.SAME_PERSON, Flaw.SECTION_SPELT, Flaw.CODE_OF_TWO, Flaw.SECTION_EMPTY}
)
_NOTES: Final = frozenset(
    {
        Flaw.READ_AS,
        Flaw.SHEET_READ,
        Flaw.HEADING_LOWER,
        Flaw.COLUMN_UNUSED,
        Flaw.COLUMN_PASSED,
        Flaw.TOTALS,
        Flaw.SECOND_POSTS,
        Flaw.INVISIBLE,
        Flaw.SERIALS,
        Flaw.PADDED,
        Flaw.TEXT_MARK,
    }
)
