from emulation.reports import Report, parse_report

ID = "53f8812d-9eeb-43b3-8955-aa782f28a8a6"
COLD = (
    f"START RequestId: {ID} Version: $LATEST\n"
    "20 Nov 2026 09:34:43,764 [INFO] (rapid) INIT START(type: on-demand, phase: init)\n"
    "20 Nov 2026 09:34:44,315 [INFO] (rapid) INIT REPORT(durationMs: 551.681000)\n"
    f"20 Nov 2026 09:34:44,315 [INFO] (rapid) INVOKE START(requestId: {ID})\n"
    f"END RequestId: {ID}\n"
    f"REPORT RequestId: {ID}\tInit Duration: 0.06 ms\tDuration: 552.69 ms\tBilled Duration: 553 ms\t"
    "Memory Size: 3008 MB\tMax Memory Used: 3008 MB\t\n"
)
WARM = (
    f"END RequestId: {ID}\n"
    f"REPORT RequestId: {ID}\tDuration: 1.69 ms\tBilled Duration: 2 ms\t"
    "Memory Size: 128 MB\tMax Memory Used: 128 MB\t\n"
)


def test_the_init_comes_from_init_report_not_from_report() -> None:
    assert parse_report(COLD) == Report(
        line=COLD.splitlines()[-1].rstrip(),
        request_id=ID,
        duration_ms=552.69,
        billed_duration_ms=553,
        memory_size_mb=3008,
        init_duration_ms=551.681,
    )


def test_a_warm_call_has_no_init() -> None:
    assert parse_report(WARM) == Report(
        line=WARM.splitlines()[-1].rstrip(),
        request_id=ID,
        duration_ms=1.69,
        billed_duration_ms=2,
        memory_size_mb=128,
        init_duration_ms=None,
    )


def test_a_handler_that_prints_the_word_does_not_make_a_report() -> None:
    assert parse_report(f"START RequestId: {ID}\nREPORT follows\n[WARNING] Process runtime-1 exited\n") is None
