"""What the service says of itself: `/info` and `/filters`."""

from __future__ import annotations

from collections import Counter

from functions.common.deployment import DeploymentSettings
from functions.common.engines import engine
from functions.common.limits import batch_limits, input_sources, request_limits
from functions.common.precision import precision
from functions.common.sources import Sources
from functions.semantic.gate import Gate
from functions.semantic.labels import NEW_LABELS
from functions.semantic.manifest import TextInput
from functions.semantic.model import SemanticModel
from functions.semantic.schemas.align import MAX_REQUESTED_FILTERS
from functions.semantic.schemas.batch import MAX_BATCH_IMAGES
from functions.semantic.schemas.classify import MAX_LABEL_CHARACTERS, MAX_LABELS
from functions.semantic.schemas.filters import CategoryDescription, FilterDescription, FiltersResult, StyleDescription
from functions.semantic.schemas.info import InfoResult, InputSize, LabelLimits, Limits, Thresholds
from taxonomy import Taxonomy


def info(
    model: SemanticModel, gate: Gate, deployment: DeploymentSettings, sources: Sources, *, load_ms: float, version: str
) -> InfoResult:
    """What answers here, and how it is set."""
    manifest = model.artifact.manifest
    return InfoResult(
        service="semantic",
        version=version,
        device=model.encoder.device,
        engine=engine(deployment.threads, model.runtime),
        precision=precision(manifest, model.reference.precision),
        input=InputSize(
            height=manifest.preprocessing.height,
            width=manifest.preprocessing.width,
            resample=manifest.preprocessing.resample,
        ),
        thresholds=Thresholds(
            detection=gate.thresholds.detection, alignment=gate.thresholds.alignment, minor=gate.thresholds.minor
        ),
        open_labels=model.labels is not None,
        profiles=list(model.detector.profiles),
        temperature=manifest.scoring.temperature,
        sources=input_sources(sources),
        limits=_limits(deployment, manifest.text),
        taxonomy_digest=gate.taxonomy.digest,
        filters=len(gate.taxonomy.filters),
        covered_filters=_covered(gate.taxonomy, model),
        load_ms=round(load_ms, 1),
    )


def filters(model: SemanticModel, taxonomy: Taxonomy) -> FiltersResult:
    """The taxonomy, and what of it the model covers."""
    sizes = Counter(entry.category for entry in taxonomy.filters)
    return FiltersResult(
        filters=[
            FilterDescription(
                name=entry.name,
                category=entry.category,
                prompts=list(entry.prompts),
                sensitive=entry.sensitive,
                group=entry.group,
                covered=entry.name in model.detector.covers,
                fitted=entry.name in model.detector.fitted,
            )
            for entry in taxonomy.filters
        ],
        categories=[
            CategoryDescription(
                name=category.name,
                title=category.title,
                sensitive=category.sensitive,
                about_people=category.about_people,
                filters=sizes[category.name],
            )
            for category in taxonomy.categories
        ],
        styles=[
            StyleDescription(name=style.name, title=style.title, templates=list(style.templates))
            for style in taxonomy.styles
        ],
        total=len(taxonomy.filters),
        covered=_covered(taxonomy, model),
    )


def _limits(deployment: DeploymentSettings, text: TextInput | None) -> Limits:
    return Limits(
        **request_limits(deployment),
        max_requested_filters=MAX_REQUESTED_FILTERS,
        batch=batch_limits(deployment, MAX_BATCH_IMAGES),
        labels=LabelLimits(
            max_labels=MAX_LABELS,
            max_characters=MAX_LABEL_CHARACTERS,
            max_tokens=None if text is None else text.length,
            new_labels=NEW_LABELS,
        ),
    )


def _covered(taxonomy: Taxonomy, model: SemanticModel) -> int:
    return sum(entry.name in model.detector.covers for entry in taxonomy.filters)
