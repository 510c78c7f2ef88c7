"""`python -m one_machine.mail_catcher`: take every letter on one port, show them on another, until told to stop."""

import asyncio
import signal
import sys
from pathlib import Path

import click
from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

from one_machine.mail_catcher import page
from one_machine.mail_catcher.letter_box import LetterBox
from shared import logs
from shared.clock import SystemClock

HOST = "127.0.0.1"
LARGEST_LETTER = 10 * 1024 * 1024
log = logs.get(__name__)


class Catcher:
    """What aiosmtpd asks when a letter has arrived."""

    def __init__(self, box: LetterBox) -> None:
        self._box = box

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        try:
            letter = await asyncio.to_thread(
                self._box.keep,
                envelope.original_content or b"",
                sender=envelope.mail_from or "",
                recipients=envelope.rcpt_tos,
            )
        except OSError as fault:
            log.error("letter_not_kept", reason=fault.strerror)
            return "452 4.3.1 The letter could not be kept; try again later"
        log.info("letter_caught", letter_id=letter.id)
        return f"250 2.0.0 Kept as {letter.id}"


async def serve(box: LetterBox, *, smtp_port: int, http_port: int) -> None:
    """Take letters and show them until SIGTERM or SIGINT.

    Raises:
        OSError: one of the ports is taken.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def conversation() -> SMTP:
        return SMTP(Catcher(box), hostname="localhost", enable_SMTPUTF8=True, data_size_limit=LARGEST_LETTER, loop=loop)

    runner = web.AppRunner(page.application(box), access_log=None)
    mail = await loop.create_server(conversation, HOST, smtp_port)
    try:
        await runner.setup()
        await web.TCPSite(runner, HOST, http_port).start()
        log.info("mail_catcher_ready", smtp_port=smtp_port, page=f"http://{HOST}:{http_port}/mail")
        await stop.wait()
    finally:
        mail.close()
        await runner.cleanup()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--smtp-port", type=click.IntRange(1, 65535), required=True, help="Where letters are taken.")
@click.option("--http-port", type=click.IntRange(1, 65535), required=True, help="Where they are shown, at /mail.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where they are kept.")
def main(smtp_port: int, http_port: int, folder: Path) -> None:
    """Take every letter sent to this machine's loopback, send none, and show them at /mail."""
    logs.configure(part="mail-catcher", as_json=False)
    try:
        asyncio.run(serve(LetterBox(folder, clock=SystemClock()), smtp_port=smtp_port, http_port=http_port))
    except OSError as fault:
        click.echo(f"mail catcher: {fault.strerror}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
