"""The few pictures of docs/: out of the screenshots of every page, small enough for a repository.

python -m tests.portal.browser.pictures FOLDER_OF_SCREENSHOTS FOLDER_OF_PICTURES
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

LARGEST: Final = 100 * 1024
_GAP: Final = 24
_GROUND: Final = (128, 132, 140)


@dataclass(frozen=True)
class Picture:
    """Pages side by side, from their tops; `shots` are names of the catalogue with language, width and scheme."""

    name: str
    shots: tuple[tuple[str, str], ...]
    width: int
    height: int


PICTURES: Final = (
    Picture(
        "phone",
        (("child", "fr-390-light"), ("absences.announce", "fr-390-light"), ("results", "fr-390-dark")),
        width=300,
        height=620,
    ),
    Picture("desktop-light", (("child", "fr-1280-light"),), width=960, height=620),
    Picture("desktop-dark", (("absences", "fr-1280-dark"),), width=960, height=760),
)


def main(screenshots: Path, pictures: Path) -> None:
    """Write the pictures.

    Raises:
        SystemExit: one would be larger than a repository should hold.
    """
    pictures.mkdir(parents=True, exist_ok=True)
    for each in PICTURES:
        shots = [_cut(screenshots / name / f"{look}.png", each) for name, look in each.shots]
        ground = Image.new(
            "RGB", (len(shots) * (each.width + _GAP) - _GAP, max(shot.height for shot in shots)), _GROUND
        )
        for position, shot in enumerate(shots):
            ground.paste(shot, (position * (each.width + _GAP), 0))
        path = pictures / f"{each.name}.png"
        # Pages have few colors: a palette shows them all, and takes a third of the bytes.
        ground.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size > LARGEST:
            raise SystemExit(f"{path} has {path.stat().st_size} bytes: at most {LARGEST}")


def _cut(path: Path, wanted: Picture) -> Image.Image:
    with Image.open(path) as shot:
        scale = wanted.width / shot.width
        top = shot.convert("RGB").crop((0, 0, shot.width, min(shot.height, int(wanted.height / scale))))
        return top.resize((wanted.width, int(top.height * scale)), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
