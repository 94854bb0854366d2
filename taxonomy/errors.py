"""What is raised when the taxonomy's data files break a rule."""


class TaxonomyError(ValueError):
    """The data files cannot be used; `problems` holds every one found, each naming file and key."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))
