"""One request's way through the service: picture, embedding, decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from functions.common.admission import Admission
from functions.common.batches import Outcome, PictureBatch, PictureWork
from functions.common.deadline import soft_deadline
from functions.common.deployment import DeploymentSettings
from functions.common.errors import NotBuilt
from functions.common.exchange import Exchange
from functions.common.inputs import Picture, RemotePicture, from_base64
from functions.common.loading import Loading
from functions.common.sources import Sources
from functions.common.wire import ModelReference
from functions.semantic import notices, people
from functions.semantic.embedding import Embedder
from functions.semantic.gate import DecisionThresholds, Gate
from functions.semantic.labels import label_texts
from functions.semantic.model import SemanticModel
from functions.semantic.schemas.align import AlignmentResult, AlignOptions
from functions.semantic.schemas.batch import BatchItem, BatchRequest, BatchResult
from functions.semantic.schemas.classify import ClassifyOptions, ClassifyResult, LabelScore, LabelsRequest, LabelsResult
from functions.semantic.schemas.detect import DetectOptions, DetectResult
from functions.semantic.schemas.moderate import ModerateOptions, ModerationResult
from functions.semantic.schemas.scoring import MinorScore
from functions.semantic.scores import Embedding
from taxonomy import Taxonomy

Judgement: TypeAlias = tuple[DetectResult, AlignmentResult | None]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The work behind the routes. Runs in worker threads; one inference at a time."""

    loading: Loading[SemanticModel]
    taxonomy: Taxonomy
    deployment: DeploymentSettings
    thresholds: DecisionThresholds
    admission: Admission
    sources: Sources

    def model(self, exchange: Exchange) -> SemanticModel:
        """The model, waiting for it while it is being loaded. Raises ModelUnavailable."""
        return self.loading.get_for(exchange, self.deployment.load_wait_seconds)

    def gate(self, model: SemanticModel) -> Gate:
        """The decisions, with this deployment's thresholds."""
        return Gate(self.taxonomy, model.detector, self.thresholds)

    def detect(
        self, picture: Picture | RemotePicture, options: DetectOptions, exchange: Exchange
    ) -> tuple[DetectResult, ModelReference]:
        """What one picture shows. Raises ServiceError."""
        model = self.model(exchange)
        gate = self.gate(model)
        names = gate.selected(options)
        result = self._judge(model, picture, exchange, lambda embedding: gate.detect(embedding, names, options))
        notices.of_filters(exchange.notice, model.detector, names, options.profile)
        notices.of_minor(exchange.notice, model.detector, result.minor)
        return result, model.reference

    def align(
        self, picture: Picture | RemotePicture, options: AlignOptions, exchange: Exchange
    ) -> tuple[AlignmentResult, ModelReference]:
        """Whether one picture shows what was asked for. Raises ServiceError."""
        model = self.model(exchange)
        gate = self.gate(model)
        names = gate.requested(options)
        result = self._judge(model, picture, exchange, lambda embedding: gate.align(embedding, names, options))
        notices.of_filters(exchange.notice, model.detector, names, options.profile)
        notices.of_rejected(exchange.notice, model.detector, options.reject)
        notices.of_minor(exchange.notice, model.detector, result.minor)
        return result, model.reference

    def moderate(
        self, picture: Picture | RemotePicture, options: ModerateOptions, exchange: Exchange
    ) -> tuple[ModerationResult, ModelReference]:
        """The moderation classes of one picture. Raises ServiceError."""
        model = self.model(exchange)
        gate = self.gate(model)
        result = self._judge(model, picture, exchange, lambda embedding: gate.moderation.judge(embedding, options))
        exchange.counterpart = "moderation"
        notices.of_classes(exchange.notice, result.classes)
        return result, model.reference

    def batch(self, request: BatchRequest, exchange: Exchange) -> tuple[BatchResult, ModelReference]:
        """What up to 50 pictures show, and whether each shows what was asked for. Raises ServiceError."""
        model = self.model(exchange)
        gate = self.gate(model)
        names = gate.selected(request)
        wanted = _alignment(request)
        requested = gate.requested(wanted) if wanted else ()
        embedder = self._embedder(model, exchange)

        def judge(pictures: Sequence[NDArray[np.float32]]) -> list[Judgement]:
            embeddings = embedder.encode(pictures)
            with exchange.stages.measure("score"):
                return [
                    (gate.detect(one, names, request), gate.align(one, requested, wanted) if wanted else None)
                    for one in embeddings
                ]

        work = PictureWork(embedder.read, judge, model.encoder.batch_size)
        with self.admission.place():
            batch = PictureBatch("images", work, self.sources, self.deployment.batch, self.deployment.limits, exchange)
            outcomes, continuation = batch.run(request.images)
        result = BatchResult(results=[_item(outcome) for outcome in outcomes], continuation=continuation)
        exchange.counterpart = "labels"
        notices.of_filters(exchange.notice, model.detector, (*names, *requested), request.profile)
        notices.of_rejected(exchange.notice, model.detector, request.reject)
        notices.of_minor(exchange.notice, model.detector, _any_minor(result))
        return result, model.reference

    def classify(
        self, picture: Picture | RemotePicture, options: ClassifyOptions, exchange: Exchange
    ) -> tuple[ClassifyResult, ModelReference]:
        """What one picture shows among open labels, best first. Raises ServiceError."""
        scores, minor, model = self._classify(picture, options, exchange)
        scores.sort(key=lambda score: (-score.confidence, -score.logit))
        return ClassifyResult(results=scores, mode=options.mode, minor=minor), model

    def labels(self, request: LabelsRequest, exchange: Exchange) -> tuple[LabelsResult, ModelReference]:
        """How probable each of some mutually exclusive labels is. Raises ServiceError."""
        picture = from_base64(request.image_data, "/image_data")
        scores, minor, model = self._classify(picture, ClassifyOptions(labels=request.labels), exchange)
        return LabelsResult(result={score.label: score.confidence for score in scores}, minor=minor), model

    def _classify(
        self, picture: Picture | RemotePicture, options: ClassifyOptions, exchange: Exchange
    ) -> tuple[list[LabelScore], MinorScore | None, ModelReference]:
        with exchange.stages.measure("labels"):
            texts = label_texts(options.labels, options.template)
        model = self.model(exchange)
        if model.labels is None:
            raise NotBuilt("this model was exported without its text tower, so it cannot score labels of your own")
        turn = partial(self.admission.inference, exchange.stages, "labels")
        deadline = soft_deadline(exchange.invocation, self.deployment.batch.seconds)
        with self.admission.place():
            embedding, _ = self._embedder(model, exchange).embed(picture, self.deployment.limits, exchange.notice)
            labels = model.labels.embed(texts, turn, deadline)
        exchange.images, exchange.counterpart = 1, "labels"
        notices.of_labels(exchange.notice, labels, options.mode)
        gate, wordings = self.gate(model), (*texts, *options.labels, options.template or "")
        with exchange.stages.measure("score"):
            scores = gate.classify(embedding, [label.vector for label in labels], options)
            minor = gate.moderation.minor(embedding) if people.mentioned(self.taxonomy, wordings) else None
        notices.of_minor(exchange.notice, model.detector, minor)
        return scores, minor, model.reference

    def _judge(
        self,
        model: SemanticModel,
        picture: Picture | RemotePicture,
        exchange: Exchange,
        decide: Callable[[Embedding], Result],
    ) -> Result:
        # The place covers fetching and decoding as well, so that places bound the memory they take.
        with self.admission.place():
            embedding, _ = self._embedder(model, exchange).embed(picture, self.deployment.limits, exchange.notice)
        exchange.images, exchange.counterpart = 1, "labels"
        with exchange.stages.measure("score"):
            return decide(embedding)

    def _embedder(self, model: SemanticModel, exchange: Exchange) -> Embedder:
        return Embedder(model.encoder, self.admission, exchange.stages)


def _item(outcome: Outcome[Judgement]) -> BatchItem:
    detection, alignment = outcome.found or (None, None)
    return BatchItem(detection=detection, alignment=alignment, **outcome.fields())


def _any_minor(result: BatchResult) -> MinorScore | None:
    found = (part.minor for item in result.results for part in (item.detection, item.alignment) if part is not None)
    return next((minor for minor in found if minor is not None), None)


def _alignment(request: BatchRequest) -> AlignOptions | None:
    if request.requested_filters is None:
        return None
    return AlignOptions(
        requested_filters=request.requested_filters,
        threshold=request.threshold,
        reject=request.reject,
        profile=request.profile,
        style=request.style,
    )
