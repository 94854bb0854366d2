"""All of an instance's time goes to somebody's receipt, or beside it."""

from functions.common.instance_time import InstanceClock


class Seconds:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_job_takes_its_time_and_the_wait_before_it() -> None:
    now = Seconds()
    clock = InstanceClock(now)
    now.at = 60
    with clock.turn() as first:
        now.at = 64
        assert (first.seconds(), first.idle_seconds) == (4, 60)
    now.at = 70
    with clock.turn() as second:
        now.at = 71
        assert (second.seconds(), second.idle_seconds) == (1, 6)


def test_jobs_at_the_same_time_share_it() -> None:
    now = Seconds()
    clock = InstanceClock(now)
    with clock.turn() as first:
        now.at = 2  # alone
        with clock.turn() as second:
            now.at = 8  # together: three seconds each
            assert (second.seconds(), second.idle_seconds) == (3, 0)
        now.at = 9
        assert (first.seconds(), first.idle_seconds) == (6, 0)


def test_what_no_receipt_tells_waits_for_the_next_one() -> None:
    now = Seconds()
    clock = InstanceClock(now)
    with clock.turn() as first:
        now.at = 5
        assert first.seconds() == 5
        now.at = 6  # the answer is sent
    with clock.turn():
        now.at = 9  # fails without a receipt
    now.at = 10
    with clock.turn() as third:
        now.at = 12
        assert (third.seconds(), third.idle_seconds) == (2, 1 + 3 + 1 - 1)
