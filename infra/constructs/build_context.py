"""What an image is built from: a function's allow-list, as its Dockerfile.dockerignore states it."""

from pathlib import Path


def ignore_patterns(
    root: Path, function: str, *, dockerfile_name: str = "Dockerfile", leave_out: tuple[str, ...] = ()
) -> list[str]:
    """Return the ignore patterns, in Docker's syntax, of the build context of `function`.

    They stand beside the Dockerfile of that name. `docker build` reads its .dockerignore by itself; the CDK does not,
    and for a nested Dockerfile it puts back only a file of the same name at the root. So both files are added to the
    list here: the Dockerfile because the build needs it, and the .dockerignore because with it the build leaves both of
    them out of the image again.
    `leave_out` names what the list allows beside that and this build does not use.
    """
    dockerfile = f"functions/{function}/{dockerfile_name}"
    dockerignore = f"{dockerfile}.dockerignore"
    lines = (line.strip() for line in (root / dockerignore).read_text(encoding="utf-8").splitlines())
    patterns = [line for line in lines if line and not line.startswith("#")]
    if patterns[:1] != ["*"]:
        raise ValueError(f"{dockerignore} must begin with *: it is a list of what is allowed")
    return [*patterns, *leave_out, f"!{dockerfile}", f"!{dockerignore}"]
