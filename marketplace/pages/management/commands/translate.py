"""`manage.py translate`: bring the catalogues to the code, and tell what is missing."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from marketplace.pages.translations import catalogues, extraction, faults
from marketplace.pages.translations.extraction import Audience


class Command(BaseCommand):
    help = "Extract, merge and compile the translations; tell what is missing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="write nothing; fail when a string that must be translated is not",
        )
        parser.add_argument(
            "--audience",
            choices=[str(one) for one in Audience],
            default=str(Audience.BUYER),
            help="how far the translations must be complete",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        root = settings.BASE_DIR
        template = extraction.catalogue(root)
        order = list(Audience)
        needed = order[: order.index(Audience(options["audience"])) + 1]
        listed: list[faults.Fault] = []
        for language in catalogues.languages():
            kept = (
                catalogues.read(language, root=root)
                if options["check"]
                else catalogues.merge(language, template, root=root)
            )
            found = list(faults.of(language, kept, template))
            self._tell(language, found, of=len(template))
            listed += [fault for fault in found if fault.audience in needed]
        if not options["check"]:
            catalogues.compile_stale(root=root)
        for fault in listed:
            self.stdout.write(str(fault))
        if listed and options["check"]:
            raise CommandError(
                f"{len(listed)} translations are to be mended: './run translate', then"
                " write them in locale/; docs/translations.md says how."
            )

    def _tell(self, language: str, found: list[faults.Fault], *, of: int) -> None:
        counts = Counter(fault.audience for fault in found)
        parts = ", ".join(f"{audience} {counts[audience]}" for audience in Audience)
        self.stdout.write(f"{language}: {of} strings; to be mended: {parts}")
