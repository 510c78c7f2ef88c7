"""python -m services.enrollment serve | relay | consume | migrate | sweep | settings | import-registry | import-directory | …"""

from services.enrollment.commands import SERVICE, commands

__all__ = ["SERVICE", "commands"]

if __name__ == "__main__":
    commands()
