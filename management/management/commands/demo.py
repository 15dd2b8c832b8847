"""manage.py demo: the main job without a token or a server, checked as it goes."""

from __future__ import annotations

import subprocess
from typing import Any

from management.command import OperatorCommand
from management.demo import failure_text, play
from management.exits import Exit


class Command(OperatorCommand):
    help = "Mirror a course of the bundled simulator, change it, mirror it again."
    needs_database = False

    def work(self, **options: Any) -> Exit:
        try:
            wrong = play(self._say)
        except (subprocess.CalledProcessError, OSError, ValueError) as error:
            self.note(f"{failure_text(error)}; next: read the lines above")
            return Exit.FAILED
        for line in wrong:
            self.note(line)
        if wrong:
            return Exit.FAILED
        self._say("\nThe mirror shows exactly what changed. With your own Canvas:")
        self._say(
            "  CANVAS_URL=https://school.instructure.com CANVAS_TOKEN=… make sync COURSE=1234"
        )
        return Exit.DONE

    def _say(self, text: str) -> None:
        # At once: the commands in between write to the same terminal.
        self.stdout.write(text)
        self.stdout.flush()
