"""Lint keeps every way to the network out of functions/, but for the modules that guard it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUFF = Path(sys.executable).with_name("ruff")

WAYS_OUT = [
    "import urllib.request",
    "from urllib.request import urlopen",
    "from urllib import request",
    "import http.client",
    "from http.client import HTTPSConnection",
    "from http import client",
    "import socket",
    "from socket import create_connection",
    "import ssl",
    "import ftplib",
    "import requests",
    "import httpx",
    "import aiohttp",
    "import urllib3",
    "from urllib.robotparser import RobotFileParser",
    "import xmlrpc.client",
    "from huggingface_hub import hf_hub_download",
    "from tokenizers import Tokenizer\n\nTokenizer.from_pretrained",
    "import boto3",
    "from botocore.session import get_session",
    "from asyncio import open_connection",
    "import asyncio\n\nasyncio.open_connection",
    "import anyio\n\nanyio.connect_tcp",
    "def late() -> None:\n    import socket",
]


def findings(code: str, path: str) -> set[str]:
    """The import rules that `code` breaks at `path`."""
    command = [str(RUFF), "check", "--select", "TID", "--output-format", "concise", "--stdin-filename", path, "-"]
    done = subprocess.run(command, cwd=ROOT, input=code, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return {rule for rule in ("TID251", "TID253") if f" {rule} " in done.stdout}


@pytest.mark.parametrize("code", WAYS_OUT)
@pytest.mark.parametrize("path", ["functions/common/inputs.py", "functions/semantic/api.py", "functions/new/module.py"])
def test_no_other_module_fetches(code: str, path: str) -> None:
    assert "TID251" in findings(code, path)


def test_those_that_do_are_named() -> None:
    for module in ("connections", "downloads", "objects"):
        assert findings("import socket", f"functions/common/{module}.py") == set()
    assert findings("import boto3", "functions/common/objects.py") == {"TID253"}
    assert findings("import boto3", "functions/jobs/aws.py") == set()
    assert findings("import socket", "emulation/front.py") == set()
