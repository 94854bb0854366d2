"""One request's way through the service: bytes, picture, embedding, decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from functions.common.admission import Admission
from functions.common.errors import BadImage
from functions.common.exchange import Exchange, reference
from functions.common.images import WarningCode, decode
from functions.common.inputs import Picture, RemotePicture
from functions.common.loading import Loading
from functions.common.wire import ModelReference
from functions.semantic.detector import Embedding
from functions.semantic.gate import Gate, Thresholds, minor_threshold
from functions.semantic.model import SemanticModel
from functions.semantic.schemas import AlignmentResult, AlignOptions, DetectOptions, DetectResult, MinorScore
from functions.semantic.settings import Settings
from taxonomy import Taxonomy

Names: TypeAlias = tuple[str, ...]
Judgement = TypeVar("Judgement", DetectResult, AlignmentResult)

_IMAGE_NOTICES: Final[dict[WarningCode, str]] = {
    "animated_first_frame": "the picture is animated; its first frame was judged",
    "orientation_ignored": "the picture's EXIF data is damaged; it was judged as stored",
}


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The work behind the routes. Runs in worker threads; one inference at a time."""

    loading: Loading[SemanticModel]
    taxonomy: Taxonomy
    settings: Settings
    admission: Admission

    def model(self, exchange: Exchange) -> SemanticModel:
        """The model, waiting for it while it is being loaded. Raises ModelUnavailable."""
        with exchange.stages.measure("load"):
            return self.loading.get(self.settings.load_wait_seconds)

    def gate(self, model: SemanticModel) -> Gate:
        """The decisions, with this deployment's thresholds."""
        thresholds = Thresholds(
            detection=self.settings.detection_threshold,
            alignment=self.settings.alignment_threshold,
            minor=minor_threshold(self.taxonomy, self.settings.minor_threshold),
        )
        return Gate(self.taxonomy, model.detector, thresholds)

    def detect(
        self, picture: Picture | RemotePicture, options: DetectOptions, exchange: Exchange
    ) -> tuple[DetectResult, ModelReference]:
        """What one picture shows. Raises ServiceError."""
        return self._judge(
            picture,
            exchange,
            choose=lambda gate: gate.selected(options),
            decide=lambda gate, embedding, names: gate.detect(embedding, names, options),
        )

    def align(
        self, picture: Picture | RemotePicture, options: AlignOptions, exchange: Exchange
    ) -> tuple[AlignmentResult, ModelReference]:
        """Whether one picture shows what was asked for. Raises ServiceError."""
        return self._judge(
            picture,
            exchange,
            choose=lambda gate: gate.requested(options),
            decide=lambda gate, embedding, names: gate.align(embedding, names, options),
        )

    def _judge(
        self,
        picture: Picture | RemotePicture,
        exchange: Exchange,
        choose: Callable[[Gate], Names],
        decide: Callable[[Gate, Embedding, Names], Judgement],
    ) -> tuple[Judgement, ModelReference]:
        model = self.model(exchange)
        gate = self.gate(model)
        names = choose(gate)
        embedding = self._embed(model, picture, exchange)
        with exchange.stages.measure("score"):
            result = decide(gate, embedding, names)
        self._tell(model, names, result.minor, exchange)
        return result, model_reference(model)

    def _embed(self, model: SemanticModel, picture: Picture | RemotePicture, exchange: Exchange) -> Embedding:
        stages = exchange.stages
        with self.admission.place():
            # In here, so that the places bound the memory that downloads take, too.
            if isinstance(picture, RemotePicture):
                picture = picture.read(stages)
            with stages.measure("decode"):
                try:
                    image = decode(picture.data, self.settings.limits)
                except BadImage as error:
                    error.pointer = picture.pointer
                    raise
            for code in image.warnings:
                exchange.notice(code, _IMAGE_NOTICES[code])
            with stages.measure("preprocess"):
                pixels = model.encoder.encode_pre(image.rgb)
            with self.admission.inference(stages):
                output = model.encoder.encode_core(pixels)
            return model.encoder.encode_post(output)

    def _tell(self, model: SemanticModel, names: tuple[str, ...], minor: MinorScore | None, exchange: Exchange) -> None:
        uncovered = [name for name in names if name not in model.detector.covers]
        if uncovered:
            exchange.notice("filter_not_covered", f"this model was not trained to tell: {', '.join(uncovered)}")
        if minor is not None and minor.confidence is None:
            exchange.notice("minor_not_covered", "this model cannot tell minors; 'null' does not mean safe")


def model_reference(model: SemanticModel) -> ModelReference:
    """The model as answers name it."""
    return reference(model.artifact.manifest, model.artifact.digest)
