"""`python -m services.identity …`: the commands of every service, and `notify`, which mails the letters."""

from services.identity import consumers, operations
from services.identity.config import PREFIX, Settings
from services.identity.context import FOLDER, open_context
from shared import stopping
from shared.command_line import Service, begin, group

SERVICE = Service(
    name="identity",
    settings=Settings,
    prefix=PREFIX,
    context=open_context,
    app="services.identity.app:create_app",
    migrations=FOLDER / "migrations",
    topics=consumers.TOPICS,
    handlers=consumers.handlers,
    sweeps=operations.sweep,
)

commands = group(SERVICE)


@commands.command()
def notify() -> None:
    """Mail the letters that wait (several may run side by side)."""
    from shared import letters
    from shared.mail import Postman

    ctx = begin(SERVICE, "notify")
    settings = ctx.settings
    postman = Postman(settings.smtp_url, sender=settings.mail_sender, sender_name=settings.portal_name, clock=ctx.clock)
    with postman:
        letters.run(database=ctx.db, postman=postman, seal=ctx.seal, clock=ctx.clock, stop=stopping.on_signals())


if __name__ == "__main__":
    commands()
