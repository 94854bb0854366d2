"""The bounded queue, with threads that are told when to go on."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.common.admission import Admission
from functions.common.errors import Busy
from functions.common.stages import Stages

SOON = 60.0


def test_the_queue_is_bounded_and_says_so_at_once() -> None:
    admission = Admission(2)
    with admission.place(), admission.place():
        with pytest.raises(Busy) as refusal, admission.place():
            pass
        assert (refusal.value.limit, refusal.value.retry_after_seconds) == (2, 1)
    with admission.place(), admission.place():
        pass


def test_a_place_is_given_back_when_the_work_fails() -> None:
    admission = Admission(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="as it happens"), admission.place():
            raise ValueError("as it happens")


def test_one_inference_at_a_time() -> None:
    admission = Admission(8)
    entered, go_on = threading.Event(), threading.Event()
    running: list[int] = []
    most: list[int] = []

    def work(number: int) -> None:
        with admission.inference(Stages()):
            running.append(number)
            most.append(len(running))
            entered.set()
            assert go_on.wait(SOON)
            running.remove(number)

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(work, number) for number in range(4)]
        assert entered.wait(SOON)
        go_on.set()
        for future in done:
            future.result(SOON)
    assert most == [1, 1, 1, 1]


def test_the_model_is_given_back_when_inference_fails() -> None:
    admission = Admission(1)
    stages = Stages()
    with pytest.raises(ValueError, match="as it happens"), admission.inference(stages):
        raise ValueError("as it happens")
    with admission.inference(stages):
        pass
    assert set(stages.milliseconds) == {"queue", "inference"}
