"""The search alone, on layers whose part in the error is written down here."""

from collections.abc import Sequence

import numpy as np
import pytest

from functions.common.manifest import Figure
from models.layer_search import Findings, search_layers
from models.mixed_precision import Layer

ITEMS = 10


def _layers(*names: str) -> tuple[Layer, ...]:
    return tuple(Layer(name, output=name, bytes=100) for name in names)


LAYERS = _layers(*(f"layers.{block}.{part}" for block in range(6) for part in ("mlp.fc1", "mlp.fc2", "attention.out")))


class Network:
    """Errors of layers add up in squares; `objecting` gives single layers a larger part in single items."""

    def __init__(self, parts: dict[str, float], objecting: dict[tuple[str, int], float] | None = None) -> None:
        self.parts = parts
        self.objecting = objecting or {}
        self.asked: list[tuple[frozenset[str], int]] = []

    def __call__(self, kept: frozenset[str], items: Sequence[int], label: str | None = None) -> Findings:
        del label
        self.asked.append((kept, len(items)))
        errors = np.array(
            [
                np.sqrt(
                    sum(
                        self.objecting.get((name, item), self.parts.get(name, 0.01)) ** 2
                        for name in (layer.name for layer in LAYERS)
                        if name not in kept
                    )
                )
                for item in items
            ]
        )
        return Findings({"error": Figure(value=float(errors.max()), limit=0.5)}, {}, errors)

    @property
    def whole_sets(self) -> int:
        return sum(items == ITEMS for _, items in self.asked)


def _search(network: Network) -> set[str]:
    quantized = network(frozenset(), range(ITEMS))
    assert not quantized.met
    kept, findings = search_layers(LAYERS, network, quantized)
    assert findings.figures == network(kept, range(ITEMS)).figures
    return set(kept)


@pytest.mark.parametrize(
    "bad",
    [
        {"layers.2.mlp.fc1"},
        {"layers.0.attention.out", "layers.5.mlp.fc2"},
        {"layers.1.mlp.fc1", "layers.1.mlp.fc2", "layers.3.attention.out", "layers.4.mlp.fc1", "layers.5.mlp.fc1"},
    ],
)
def test_only_the_layers_that_take_it_are_kept(bad: set[str]) -> None:
    network = Network(dict.fromkeys(bad, 0.6))
    assert _search(network) == bad
    assert network.whole_sets <= 5


def test_small_errors_everywhere_are_met_by_some_of_the_layers() -> None:
    # Eighteen equal parts: 0.6 in all, so that eleven of them are what is allowed at most.
    network = Network(dict.fromkeys([layer.name for layer in LAYERS], 0.6 / np.sqrt(len(LAYERS))))
    kept = _search(network)
    assert 18 * (1 - (0.5 / 0.6) ** 2) <= len(kept) <= 7


def test_a_layer_comes_back_where_an_item_beyond_the_worst_objects() -> None:
    """fc2 may be int8 for the worst four items, but not for the last one, which is among the best otherwise."""
    parts = {"layers.2.mlp.fc1": 0.6}
    objecting = {("layers.2.mlp.fc2", 9): 0.55} | {
        (name, item): 0.02 for name in ("layers.3.mlp.fc1",) for item in range(4)
    }
    # The other layer hides the objection: in int8 the last item is not among the worst.
    network = Network(parts, objecting)
    quantized = network(frozenset(), range(ITEMS))
    hidden = Findings(quantized.figures, {}, np.where(np.arange(ITEMS) == 9, 0.0, quantized.errors))
    kept, findings = search_layers(LAYERS, network, hidden)
    assert kept == {"layers.2.mlp.fc1", "layers.2.mlp.fc2"}
    assert findings.met


def test_every_layer_is_kept_where_every_one_is_bad() -> None:
    network = Network(dict.fromkeys([layer.name for layer in LAYERS], 0.6))
    assert _search(network) == {layer.name for layer in LAYERS}


def test_it_gives_up_where_too_many_layers_would_be_kept() -> None:
    bad = {"layers.1.mlp.fc1", "layers.2.attention.out", "layers.3.mlp.fc2"}
    network = Network(dict.fromkeys(bad, 0.6))
    quantized = network(frozenset(), range(ITEMS))
    asked = len(network.asked)
    _, findings = search_layers(LAYERS, network, quantized, largest=2 / 18)
    assert not findings.met
    assert len(network.asked) < asked + 18
    kept, findings = search_layers(LAYERS, network, quantized, largest=6 / 18)
    assert kept == bad
    assert findings.met


def test_nothing_is_ranked_where_not_even_all_layers_would_do() -> None:
    class Hopeless(Network):
        def __call__(self, kept: frozenset[str], items: Sequence[int], label: str | None = None) -> Findings:
            return super().__call__(kept - kept, items, label)

    network = Hopeless({"layers.1.mlp.fc1": 0.6})
    kept, findings = search_layers(LAYERS, network, network(frozenset(), range(ITEMS)))
    assert (len(kept), findings.met) == (len(LAYERS), False)
    assert len(network.asked) == 2


def test_groups_are_modules() -> None:
    assert [layer.group for layer in _layers("layers.3.mlp.fc1", "head.mlp.fc2", "head")] == [
        *("layers.3.mlp", "head.mlp", "head")
    ]
