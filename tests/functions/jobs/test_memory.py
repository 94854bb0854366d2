"""What requests at the limit of a body take of the 1,024 MB that the jobs function has."""

import pytest

from tests.functions.measure import peak_memory_mb

# Of forty shapes these took most, 240 MB: 100 MB of it are the libraries and the event. The last one takes gigabytes
# where the place of every value is written out.
SHAPES = {
    "a character of four bytes in a long text": "'\"' + 'x' * 5_999_000 + chr(0x1F600) + '\"'",
    "as many objects as there may be": (
        "'[' + ','.join('{\"k%d\":%d,\"b\":\"x%d\"}' % (i, i, i) for i in range(190_000)) + ']'"
    ),
    "many numbers in deeply nested lists": "'[' * 800 + ','.join(['0'] * 2_900_000) + ']' * 800",
}
PROGRAM = """
import json
from functions.common.gateway import LambdaHandler
from functions.jobs.api import create_app
from functions.jobs.aws import Bucket, Endpoints
from functions.jobs.settings import read_settings
from tests.functions.calls import Call, LambdaContext, rest_event

class Clients:
    def put_object(self, **asked):
        return {"ETag": "1"}

    def invoke_endpoint_async(self, **asked):
        return {"OutputLocation": "s3://jobs-bucket/outputs/a", "FailureLocation": "s3://jobs-bucket/failures/a"}

settings = read_settings({"JOBS_BUCKET": "jobs-bucket", "JOBS_SEMANTIC_ENDPOINT": "gpu"})
app = create_app(settings, Bucket("jobs-bucket", Clients()), Endpoints(Clients()))
handler = LambdaHandler(app, base_path="/", provisioned=True)
body = '{"function":"semantic","route":"/detect","request":{"a":' + SHAPE + '}}'
event = json.dumps(rest_event(Call("/jobs", body.encode())))
assert 4_900_000 < len(body) < 6_000_000, len(body)
del body
assert handler(json.loads(event), LambdaContext())["statusCode"] == 202
"""


@pytest.mark.parametrize("shape", SHAPES)
def test_a_request_of_any_shape_takes_a_fraction_of_it(shape: str) -> None:
    assert peak_memory_mb(PROGRAM.replace("SHAPE", SHAPES[shape])) < 512
