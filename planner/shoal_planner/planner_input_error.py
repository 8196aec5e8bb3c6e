"""The one error a user of the planner can cause."""

from collections.abc import Mapping

_LONGEST_VALUE = 100


class PlannerInputError(ValueError):
    """A setting that cannot work: which one, the value, what is allowed, why, what to do.

    `parameter` names the setting in the user's own words; None as its value says that it is
    missing; a caller that knows it under
    another key (a command-line option, a key of a settings file) says so with `in_words`.
    """

    def __init__(
        self, parameter: str, value: object, *, allowed: str, why: str = "", fix: str = ""
    ) -> None:
        self.parameter = parameter
        self.value = value
        self.allowed = allowed
        self.why = why
        self.fix = fix
        super().__init__(_sentence(parameter, value, allowed, why, fix))

    def in_words(
        self, words: Mapping[str, str], values: Mapping[str, object] | None = None
    ) -> "PlannerInputError":
        """Return the same error with every parameter in it as the user wrote it.

        `words` gives the user's key for each parameter, `values` what the user gave for it.
        """

        def say(text: str) -> str:
            for parameter in sorted(words, key=len, reverse=True):
                text = text.replace(parameter, words[parameter])
            return text

        return PlannerInputError(
            words.get(self.parameter, self.parameter),
            (values or {}).get(self.parameter, self.value),
            allowed=say(self.allowed),
            why=say(self.why),
            fix=say(self.fix),
        )


def _sentence(parameter: str, value: object, allowed: str, why: str, fix: str) -> str:
    reason = f", because {why}" if why else ""
    remedy = f"; {fix}" if fix else ""
    given = "missing" if value is None else repr(value)
    if len(given) > _LONGEST_VALUE:
        given = f"{given[: _LONGEST_VALUE - 3]}..."
    return f"{parameter} is {given}: allowed is {allowed}{reason}{remedy}"
