"""Tables 表 of people and accounts, from files of all kinds: each fault told with line, column and mend, all at once."""

from civicsns.accounts.table.delimited import write
from civicsns.accounts.table.flaw import Flaw, Grade
from civicsns.accounts.table.listing import Listing
from civicsns.accounts.table.remark import Remark, RosterError, letter
from civicsns.accounts.table.staff import Staff

__all__ = ["Flaw", "Grade", "Listing", "Remark", "RosterError", "Staff", "letter", "write"]
