"""
The public register 公開アカウント台帳: by which citizens tell the city's own accounts from others'.

It holds what citizens may know and no more: no personnel number, no id of the programme, no name that the settings do
not let out.
"""

from civicsns.accounts.public.entry import Entry, PublicRegister, Telling, address, listed
from civicsns.accounts.public.files import documents, write

__all__ = ["Entry", "PublicRegister", "Telling", "address", "documents", "listed", "write"]
