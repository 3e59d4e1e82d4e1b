"""The one error a user of gaplab has to know."""


class GaplabError(ValueError):
    """Input that cannot be used, explained so that it can be mended.

    Each problem is one line that says what is wrong, where (file, row, column
    or parameter), what was expected and what to do. All problems found are
    reported together.

    Parameters
    ----------
    *problems : str
        One line each.
    """

    def __init__(self, *problems: str):
        self.problems = problems
        super().__init__("\n".join(problems))
