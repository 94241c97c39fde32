"""
A person's own rules 自分の決まり: quiet hours, evenings with drink, a cool-off before answering in anger, words to stop at.

They belong to that person, and are that person's business alone. They are read from a file of the person's own, are no
part of a verdict, of a record, of a log or of a metric, and what they say is shown where that person reads it, and
nowhere else. So the values here are shut: they have no `repr` that tells, refuse to be pickled or copied, and no error
raised here quotes the file.

What they stop, they stop until the person says otherwise. They never stop an emergency.
"""

from civicsns.policy.personal.file import TEMPLATE, create, parse, read
from civicsns.policy.personal.rules import ANGER, DRINKING, PersonalRules
from civicsns.policy.personal.said import Own, Said, stopping

__all__ = ["ANGER", "DRINKING", "TEMPLATE", "Own", "PersonalRules", "Said", "create", "parse", "read", "stopping"]
