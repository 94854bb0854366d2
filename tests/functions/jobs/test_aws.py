"""S3 and SageMaker as boto3 speaks to them."""

import pytest

from functions.common.errors import InternalError
from functions.jobs.aws import Bucket, Endpoints, open_clients
from tests.functions.jobs.stage import Stage


def test_an_invocation_is_sent_once_and_forms_go_where_the_bucket_is() -> None:
    s3, runtime = open_clients("eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    assert runtime.meta.config.retries["total_max_attempts"] == 1
    url, fields = Bucket("imajin-jobs", s3).post_form("uploads/a", "image/png", max_bytes=1, seconds=1)
    assert url == "https://imajin-jobs.s3.eu-west-1.amazonaws.com/"
    assert fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


def test_conditions_hold(stage: Stage) -> None:
    bucket = stage.bucket
    first = bucket.create("a", b"1")
    assert first is not None
    assert bucket.create("a", b"2") is None
    second = bucket.replace("a", b"3", first)
    assert second is not None
    assert bucket.replace("a", b"4", first) is None
    stored = bucket.read("a")
    assert stored is not None
    assert (stored.body, stored.etag) == (b"3", second)
    assert bucket.read("b") is None


@pytest.mark.parametrize("location", ["https://s3.amazonaws.com/b/k", "s3://bucket", ""])
def test_an_endpoint_that_answers_elsewhere_is_a_fault(location: str) -> None:
    class Elsewhere:
        def invoke_endpoint_async(self, **_: object) -> dict[str, str]:
            return {"OutputLocation": location, "FailureLocation": location}

    with pytest.raises(InternalError):
        Endpoints(Elsewhere()).invoke("e", "j", "s3://b/k", queue_seconds=60, run_seconds=60)
