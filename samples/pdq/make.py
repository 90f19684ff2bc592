#!/usr/bin/env python3
"""Makes the pictures of this folder, and `vectors.tsv` with what the reference says of them.

    make.py [PHOTOS]

Needs pdqhash (0.2.8, the bindings to the C++ reference), numpy and pillow. The photos are reduced anew only where the
folder PHOTOS with their sources is given; the vectors are of the files that lie here.
"""

import sys
from pathlib import Path

import numpy
import pdqhash
from PIL import Image

HERE = Path(__file__).parent
MAX_SIDE = 1024

# Source, file, width, height, grey levels (fewer where the file would be large).
PHOTOS = [
    ("scikit-image-coffee-cc02f8.jpg", "coffee-64x64.png", 64, 64, 256),
    ("scikit-image-chelsea-596aa1.jpg", "cat-65x127.png", 65, 127, 256),
    ("scikit-image-moon-787396.jpg", "moon-512x512.png", 512, 512, 24),
    ("simpl-cherries-8e516f.jpg", "cherries-733x799.png", 733, 799, 12),
    ("learning-area-larch-75f887.jpg", "larch-600x400.png", 600, 400, 12),
    ("learning-area-leopardskin-2caf44.jpg", "leopardskin-200x1024.png", 200, 1024, 6),
    ("simpl-large-d7e820.jpg", "kittens-1024x683.png", 1024, 683, 8),
]

# Place of each of our eight variants (mirror, then clockwise turns) among the reference's: original, rotate 90 (which
# is anticlockwise), 180, 270, flip X (upside down), flip Y (mirror), flip + (transposed), flip - .
OURS = [0, 3, 2, 1, 5, 7, 4, 6]


def photo(source, width, height, levels):
    grey = Image.open(source).convert("L")
    if (grey.width < grey.height) != (width < height) and width * 2 < height:
        grey = grey.transpose(Image.Transpose.ROTATE_90)
    pixels = numpy.asarray(grey.resize((width, height), Image.Resampling.LANCZOS), numpy.uint32)
    return (pixels * levels // 256 * 255 // (levels - 1)).astype(numpy.uint8)


def noise(width, height, seed):
    # Own generator, so that every version of numpy makes the same noise.
    state = seed
    values = []
    for _ in range(width * height):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append(state >> 56)
    return numpy.array(values, numpy.uint8).reshape(height, width)


def grid(width, height):
    return numpy.mgrid[0:height, 0:width]


def shapes(width, height):
    """Discs, boxes and a slope, none of them symmetrical."""
    y, x = grid(width, height)
    picture = 40 + 60 * x // width
    for cx, cy, r, tone in [(20, 30, 18, 210), (65, 25, 12, 15), (75, 70, 22, 160), (30, 80, 9, 250)]:
        near = (100 * x - cx * width) ** 2 * height**2 + (100 * y - cy * height) ** 2 * width**2
        picture = numpy.where(near <= (r * width * height) ** 2, tone, picture)
    box = (x * 100 > 45 * width) & (x * 100 < 58 * width) & (y * 100 > 10 * height) & (y * 100 < 62 * height)
    return numpy.where(box, 120 + 100 * y // height, picture).astype(numpy.uint8)


def made():
    y, x = grid(320, 240)
    yield "flat-100x100.png", numpy.full((100, 100), 128, numpy.uint8)
    yield "black-640x360.png", numpy.zeros((360, 640), numpy.uint8)
    yield "slope-320x240.png", ((x * 3 + y * 5) * 255 // (319 * 3 + 239 * 5)).astype(numpy.uint8)
    yield "noise-32x32.png", noise(32, 32, 1)
    yield "noise-47x140.png", noise(47, 140, 2)
    yield "noise-129x257.png", noise(129, 257, 3)
    yield "checks-128x128.png", ((grid(128, 128)[0] // 8 + grid(128, 128)[1] // 8) % 2 * 255).astype(numpy.uint8)
    yield "shapes-640x480.png", shapes(640, 480)
    yield "shapes-1024x1024.png", shapes(1024, 1024)
    yield "shapes-385x1023.png", shapes(385, 1023)
    yield "shapes-1500x1000.png", shapes(1500, 1000)
    yield "shapes-2111x3091.png", shapes(2111, 3091)


def reduced(pixels):
    """The plane that is hashed: rounded means of k x k, those at the last edges of what is there."""
    height, width = pixels.shape
    k = -(-max(height, width) // MAX_SIDE)
    rows, columns = -(-height // k), -(-width // k)
    total = numpy.zeros((rows * k, columns * k), numpy.uint64)
    count = numpy.zeros_like(total)
    total[:height, :width], count[:height, :width] = pixels, 1
    total, count = (a.reshape(rows, k, columns, k).sum(axis=(1, 3)) for a in (total, count))
    return ((total + count // 2) // count).astype(numpy.uint8)


def digits(bits):
    return f"{int(''.join(map(str, bits)), 2):064x}"


def main():
    if len(sys.argv) > 1:
        for source, name, width, height, levels in PHOTOS:
            Image.fromarray(photo(Path(sys.argv[1], source), width, height, levels)).save(HERE / name, optimize=True)
    for name, pixels in made():
        Image.fromarray(pixels).save(HERE / name, optimize=True)

    rows = []
    for path in sorted(HERE.glob("*.png")):
        pixels = reduced(numpy.asarray(Image.open(path)))
        grey = numpy.ascontiguousarray(numpy.repeat(pixels[:, :, None], 3, axis=2))
        code, quality = pdqhash.compute(grey)
        variants, _ = pdqhash.compute_dihedral(grey)
        assert digits(code) == digits(variants[0]), path
        rows.append([path.name, str(quality), *(digits(variants[place]) for place in OURS)])
    head = ["file", "quality", *(f"{mirror}{90 * turn}" for mirror in ("", "mirrored-") for turn in range(4))]
    (HERE / "vectors.tsv").write_text("".join("\t".join(row) + "\n" for row in [head, *rows]))


main()
