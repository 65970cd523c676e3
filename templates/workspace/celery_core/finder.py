"""A stand-in for the crawler: finds the same images for the same keyword, without a network."""

import hashlib
import re
from dataclasses import dataclass

SIZES = ((640, 480), (480, 640), (800, 450), (512, 512))


@dataclass(frozen=True)
class FoundImage:
    """An image as a search would return it, with its bytes."""

    keyword: str
    url: str
    filename: str
    width: int
    height: int
    data: bytes


def find(keyword: str, number: int) -> FoundImage:
    """The image of a keyword with a number, the first being 1."""
    digest = hashlib.sha256(f"{keyword} {number}".encode()).digest()
    width, height = SIZES[digest[0] % len(SIZES)]
    slug = re.sub(r"[^a-z0-9]+", "-", keyword.lower()).strip("-") or "image"
    # Two keywords may share a slug, such as two of another alphabet.
    filename = f"{slug}-{hashlib.sha256(keyword.encode()).hexdigest()[:6]}-{number:03}.svg"
    return FoundImage(
        keyword=keyword,
        url=f"https://images.example.com/{filename}",
        filename=filename,
        width=width,
        height=height,
        data=_draw(digest, width, height).encode(),
    )


def shares(keywords: list[str], total: int) -> list[tuple[str, int]]:
    """How many images each keyword contributes; the first ones take what does not divide."""
    each, left = divmod(total, len(keywords))
    return [(keyword, each + (index < left)) for index, keyword in enumerate(keywords)]


def _draw(digest: bytes, width: int, height: int) -> str:
    """A landscape: a sky, a sun and three ranges of hills, all taken from the digest."""
    hue = digest[1] * 360 // 256
    sky = (
        f'<linearGradient id="sky" x2="0" y2="1"><stop stop-color="hsl({hue} 65% 42%)"/>'
        f'<stop offset="1" stop-color="hsl({(hue + 40) % 360} 80% 80%)"/></linearGradient>'
    )
    sun = (
        f'<circle cx="{width * (40 + digest[2]) // 340}" cy="{height * (60 + digest[3]) // 700}" '
        f'r="{height // 9}" fill="hsl({(hue + 50) % 360} 95% 90%)"/>'
    )
    hills = "".join(
        f'<path fill="hsl({hue} {35 + 5 * n}% {48 - 13 * n}%)" d="M0 {height} '
        f"V{height * (50 + 14 * n + digest[4 + n] % 12) // 100} "
        f"Q{width * digest[7 + n] // 512} {height * (30 + 15 * n) // 100} "
        f"{width * 6 // 10} {height * (55 + 14 * n) // 100} "
        f"T{width} {height * (48 + 14 * n + digest[10 + n] % 12) // 100} "
        f'V{height} Z"/>'
        for n in range(3)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><defs>{sky}</defs>'
        f'<rect width="100%" height="100%" fill="url(#sky)"/>{sun}{hills}</svg>'
    )
