"""The options of `python -m ops plan`, as its parser reads them."""

import argparse

from ops.plan.command import add_command


def plan_options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_command(parser.add_subparsers())
    return parser.parse_args(["plan", *arguments])
