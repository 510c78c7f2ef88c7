"""python -m services.records serve | relay | consume | notify | export | migrate | sweep | settings | events … | support-requests …"""

from services.records.commands import SERVICE, commands

__all__ = ["SERVICE", "commands"]

if __name__ == "__main__":
    commands()
