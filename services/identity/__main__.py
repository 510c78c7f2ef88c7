"""python -m services.identity serve | relay | consume | notify | migrate | sweep | settings | import-accounts | school-clients …"""

from services.identity.commands import SERVICE, commands

__all__ = ["SERVICE", "commands"]

if __name__ == "__main__":
    commands()
