"""汇总一次：像后台任务那样，把队列里的新行并入位图，直到没有等待的。"""

import os

import django


def main() -> None:
    """Fold everything that waits in the database of DATA; prints the samples taken."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongdi.web.settings")
    django.setup()
    from gongdi.kernel import clock
    from gongdi.telemetry.services.fold_coverage import fold
    from gongdi.telemetry.terms import load_terms

    terms, taken = load_terms(), 0
    while not (done := fold(terms, clock.now())).idle:
        taken += done.samples
    os.write(1, f"{taken}\n".encode())


if __name__ == "__main__":
    main()
