"""Records 証跡: what happened, chained so that a change shows, and destroyed when its time is over."""
