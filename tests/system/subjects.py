"""The functions these tests are about: what each is asked, and what is its own in its image."""

from dataclasses import dataclass

from emulation.gateway_events import DETECT, Event, Question, load_event


@dataclass(frozen=True)
class Subject:
    """One function."""

    question: Question
    schema: str
    """What the contract calls the answer to `question`."""
    packages: tuple[str, ...]
    """The repository's packages in its image."""

    @property
    def name(self) -> str:
        return self.question.function

    @property
    def handler(self) -> str:
        return f"functions.{self.name}.handler.handler"

    def event(self, name: str, image: bytes) -> Event:
        """The saved event, asking this function's question about `image`."""
        return load_event(name, image, self.question)


SEMANTIC = Subject(DETECT, "DetectResponse", ("functions", "taxonomy", "pricing"))
AESTHETIC = Subject(
    Question("aesthetic", "/score", {"prompt": "an adult with purple hair in a hoodie"}),
    "ScoreResponse",
    ("functions", "pricing"),
)
SUBJECTS = (SEMANTIC, AESTHETIC)
