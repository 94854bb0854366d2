"""Endpoints are there where they are configured, and the jobs function knows them."""

from tests.infra.synthesis import Synthesis


def test_each_function_has_the_endpoint_it_is_configured_with(prod: Synthesis) -> None:
    variants = [config["ProductionVariants"][0] for config in prod.resources("AWS::SageMaker::EndpointConfig").values()]
    assert {variant["InstanceType"] for variant in variants} == {"ml.g5.xlarge", "ml.g6.xlarge"}
    scaling = prod.resources("AWS::ApplicationAutoScaling::ScalableTarget").values()
    instances = {
        (target["MinCapacity"], target["MaxCapacity"])
        for target in scaling
        if target["ServiceNamespace"] == "sagemaker"
    }
    assert instances == {(0, 1), (0, 2)}
    models = prod.resources("AWS::SageMaker::Model").values()
    told = {model["PrimaryContainer"]["Environment"]["INSTANCE_TYPE"] for model in models}
    assert told == {"ml.g5.xlarge", "ml.g6.xlarge"}


def test_the_receipts_of_jobs_are_metrics_of_the_stage_that_the_gateway_names(prod: Synthesis) -> None:
    """No gateway tells a job its stage: the dashboard, the alarms and the cost report find it by this."""
    (stage,) = prod.resources("AWS::ApiGateway::Stage").values()
    for model in prod.resources("AWS::SageMaker::Model").values():
        environment = model["PrimaryContainer"]["Environment"]
        assert (environment["METRICS"], environment["STAGE"]) == ("on", stage["StageName"])


def test_jobs_go_to_the_endpoints_there_are(prod: Synthesis, dev: Synthesis) -> None:
    def endpoints(stage: Synthesis) -> set[str]:
        variables = stage.function("jobs")[1]["Environment"]["Variables"]
        return {name for name in variables if name.endswith("_ENDPOINT")}

    assert endpoints(prod) == {"JOBS_SEMANTIC_ENDPOINT", "JOBS_AESTHETIC_ENDPOINT"}
    assert endpoints(dev) == set()
    assert not dev.resources("AWS::SageMaker::Endpoint")


def test_there_is_one_bucket(prod: Synthesis, dev: Synthesis) -> None:
    for stage in (prod, dev):
        assert len(stage.resources("AWS::S3::Bucket")) == 1
