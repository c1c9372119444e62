"""Makes the pictures of this folder, from nothing. Needs Pillow and NumPy: python3 make.py"""
import numpy
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps


def scene(seed):
    """A picture with the soft and the sharp parts of a photograph, and a little noise."""
    random = numpy.random.default_rng(seed)
    image = Image.fromarray(random.integers(0, 256, (6, 8, 3), dtype=numpy.uint8)).resize((200, 150), Image.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(6):
        x, y = random.integers(0, 160), random.integers(0, 110)
        draw.ellipse((x, y, x + random.integers(10, 50), y + random.integers(10, 50)), tuple(random.integers(0, 256, 3)))
    image = image.filter(ImageFilter.GaussianBlur(1))
    noise = random.normal(0, 2, (150, 200, 3))
    return Image.fromarray(numpy.clip(numpy.asarray(image) + noise, 0, 255).astype(numpy.uint8))


def digit():
    """Strokes on an even ground, as of scanned writing: most parts have no brightness to compare."""
    image = Image.new("L", (96, 96), 255)
    draw = ImageDraw.Draw(image)
    draw.line((30, 20, 66, 20, 40, 80), 0, 8)
    draw.line((30, 50, 64, 50), 0, 6)
    return image.filter(ImageFilter.GaussianBlur(1))


def exif_of(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


one, other, seven = scene(1), scene(2), digit()
one.save("scene.png", optimize=True)
one.save("scene-95.jpg", quality=95, subsampling=0)
one.save("scene-75.jpg", quality=75)
one.save("scene-30.jpg", quality=30)
one.save("scene-progressive.jpg", quality=75, progressive=True)
one.convert("L").save("scene-grey.jpg", quality=75)
one.convert("CMYK").save("scene-cmyk.jpg", quality=90)
one.resize((101, 75), Image.LANCZOS).save("scene-half.jpg", quality=75)
one.resize((50, 38), Image.LANCZOS).save("scene-quarter.jpg", quality=75)
one.resize((900, 675), Image.BICUBIC).save("scene-large.jpg", quality=30)
other.save("other.png", optimize=True)
other.save("other-75.jpg", quality=75)
seven.save("seven.png", optimize=True)
seven.save("seven-75.jpg", quality=75)
seven.save("seven-30.jpg", quality=30)

# Copies as people make them.
half = one.resize((101, 75), Image.LANCZOS)
half.save("scene.webp", quality=75)
half.save("scene.gif")
half.save("scene.bmp")
half.save("scene.tif", compression="tiff_deflate")
half.convert("RGBA").save("scene-lossless.webp", lossless=True)
ImageOps.mirror(one).save("scene-mirrored.jpg", quality=75)
one.crop((20, 15, 180, 135)).save("scene-cropped.jpg", quality=75)
ImageOps.mirror(one.crop((3, 12, 188, 147))).save("scene-cropped-mirrored.webp", quality=75)
ImageEnhance.Brightness(one).enhance(1.2).save("scene-bright.jpg", quality=75)
ImageEnhance.Contrast(one).enhance(0.6).save("scene-pale.jpg", quality=75)
one.transpose(Image.ROTATE_90).save("scene-rotated.jpg", quality=75)
seven.save("seven.gif")
seven.save("seven.bmp")
seven.save("seven.webp", quality=75)
seven.save("seven.tif", compression="tiff_deflate")

# How cameras store what is held upright.
stored = {
    2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE, 6: Image.ROTATE_90,
    7: Image.TRANSVERSE, 8: Image.ROTATE_270,
}
for orientation, method in stored.items():
    half.transpose(method).save(f"turned-{orientation}.jpg", quality=75, exif=exif_of(orientation))
half.transpose(stored[6]).save("turned-6.png", exif=exif_of(6), optimize=True)
half.transpose(stored[5]).save("turned-5.webp", exif=exif_of(5), quality=75)
half.transpose(stored[8]).save("turned-8.tif", exif=exif_of(8), compression="tiff_deflate")
