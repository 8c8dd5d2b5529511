"""What becomes of the images that people send: what is kept, and what is refused."""

import contextlib
import struct
import tracemalloc
import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from pictures import a_photo, a_zip, chunk, drawing, encoded, jpeg_in_passes, photograph, png_bomb, sent
from PIL import Image, ImageCms, TiffImagePlugin

from core import images
from core.images import ImageRefused, Picture, PictureField, read

SKY, FIELD = (90, 150, 220), (60, 140, 60)


def seen(picture: Picture, width: int | None = None) -> Image.Image:
    """The widest file, or the one of this width, as a browser draws it."""
    return Image.open(BytesIO(picture.files[width or picture.width]))


def is_close(pixel, colour, *, by: int = 12) -> bool:
    return all(abs(one - other) <= by for one, other in zip(pixel, colour, strict=True))


def refusal(upload) -> str:
    with pytest.raises(ImageRefused) as refused:
        read(upload)
    return str(refused.value)


# --- What is kept ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_an_image_is_kept_as_webp_in_three_widths(format):
    picture = read(sent(encoded(drawing(2400, 1600), format), format))
    assert list(picture.files) == [480, 960, 1600]
    for width, data in picture.files.items():
        image = Image.open(BytesIO(data))
        assert (image.format, image.mode, image.size) == ("WEBP", "RGB", (width, round(width * 2 / 3)))
        assert is_close(image.getpixel((5, 5)), SKY) and is_close(image.getpixel((5, image.height - 5)), FIELD)


@pytest.mark.parametrize(("width", "kept"), [(320, [320]), (480, [480]), (700, [480, 700]), (1600, [480, 960, 1600])])
def test_an_image_is_never_enlarged(width, kept):
    picture = read(a_photo(width=width, height=400))
    assert list(picture.files) == kept == images.widths_of(picture.width)


def test_nothing_is_kept_of_where_and_when_a_photo_was_taken():
    exif = Image.Exif()
    exif[0x010F] = "Appareil de Claire"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = tuple(TiffImagePlugin.IFDRational(each) for each in (48, 7, 26))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(drawing(), exif=exif, icc_profile=profile, comment=b"chez Claire", xmp=b"<x:xmpmeta/>")
    assert Image.open(BytesIO(data)).getexif().get_ifd(0x8825), "the sent photo says where"
    picture = read(sent(data))
    for file in picture.files.values():
        image = Image.open(BytesIO(file))
        assert not image.getexif() and not set(image.info) & {"exif", "icc_profile", "xmp", "comment"}
        assert b"Claire" not in file and b"EXIF" not in file and b"ICCP" not in file


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_taken_on_its_side_is_put_upright(orientation):
    upright = drawing(900, 600)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = read(sent(encoded(stored, exif=exif)))
    assert (picture.width, picture.height) == (900, 600)
    assert is_close(seen(picture).getpixel((5, 5)), SKY) and is_close(seen(picture).getpixel((895, 595)), FIELD)


def test_a_camera_that_writes_its_notes_badly_took_a_good_picture():
    data = encoded(drawing())
    broken = b"Exif\0\0II*\0\xff\xff\xff\x7f garbage"
    data = data[:2] + b"\xff\xe1" + struct.pack(">H", len(broken) + 2) + broken + data[2:]
    assert read(sent(data)).width == 1200


@pytest.mark.parametrize("mode", ["CMYK", "L", "1", "P"])
def test_whatever_colours_are_written_as_the_picture_looks_the_same(mode):
    format = "JPEG" if mode in ("CMYK", "L") else "PNG"
    picture = read(sent(encoded(drawing(mode=mode), format), format))
    assert seen(picture).mode == "RGB"
    if mode in ("CMYK", "P"):
        assert is_close(seen(picture).getpixel((5, 5)), SKY, by=20)


def test_sixteen_bits_of_grey_stay_grey_and_not_white():
    grey = Image.new("I;16", (600, 400), 0x8000)
    picture = read(sent(encoded(grey, "PNG"), "PNG"))
    assert is_close(seen(picture).getpixel((300, 200)), (128, 128, 128), by=3)


@pytest.mark.parametrize("mode", ["RGBA", "P", "LA"])
def test_what_is_transparent_is_laid_on_white(mode):
    image = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (200, 0, 400, 400))
    data = encoded(image.convert(mode), "PNG", **({"transparency": 0} if mode == "P" else {}))
    if mode == "P":
        palette = Image.new("P", (600, 400), 0)
        palette.putpalette([9, 9, 9, 0, 0, 0])
        palette.paste(1, (200, 0, 400, 400))
        data = encoded(palette, "PNG", transparency=0)
    picture = read(sent(data, "PNG"))
    assert is_close(seen(picture).getpixel((20, 200)), (255, 255, 255))
    assert is_close(seen(picture).getpixel((300, 200)), (0, 0, 0))


def test_colours_of_a_wide_gamut_are_brought_to_those_of_all_screens():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    plain = seen(read(sent(encoded(drawing())))).getpixel((5, 5))
    with_odd_profile = read(sent(encoded(drawing(), icc_profile=lab)))
    assert seen(with_odd_profile).mode == "RGB"
    assert is_close(seen(read(sent(encoded(drawing(), icc_profile=b"no profile")))).getpixel((5, 5)), plain, by=2)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_photograph_of_a_telephone_is_light_where_the_network_is_slow(options):
    picture = read(sent(encoded(photograph(), quality=88, **options)))
    assert (picture.width, picture.height) == (1600, 1200)
    assert len(picture.files[480]) <= 10_000
    assert len(picture.files[960]) <= 150_000


def test_what_telephones_add_after_the_picture_is_dropped():
    photo = encoded(drawing())
    film = struct.pack(">I4s4sI", 16, b"ftyp", b"mp42", 0) + struct.pack(">I4s", 1008, b"mdat") + bytes(1000)
    samsung = b"\0\0\x30\x0aImage_UTC_Data1700000000000SEFH" + bytes(24) + b"SEFT"
    for added in (encoded(drawing(640, 480)), film, samsung, bytes(300), b"\r\n"):
        picture = read(sent(photo + added))
        assert picture.width == 1200
        assert all(b"ftyp" not in file and b"SEFT" not in file for file in picture.files.values())


def test_a_browser_that_knows_nothing_of_types_sends_images_too():
    assert read(sent(encoded(drawing()), type="application/octet-stream")).width == 1200
    assert read(sent(encoded(drawing()), name="photo")).width == 1200
    assert read(sent(encoded(drawing()), name="PHOTO.JPEG")).width == 1200


# --- What lies -------------------------------------------------------------------------------------------------------

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script></html>"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (encoded(drawing().convert("P"), "GIF"), "photo.jpg"),
        (SVG, "photo.png"),
        (HTML, "photo.png"),
        (a_zip(), "photo.webp"),
        (b"%PDF-1.7 ...", "photo.jpg"),
        (encoded(drawing(), "BMP"), "photo.png"),
        (encoded(drawing(), "TIFF"), "photo.jpg"),
        (b"not an image at all", "photo.jpg"),
        (b"", "photo.jpg"),
    ],
)
def test_what_is_no_image_of_ours_is_refused_whatever_it_is_called(data, name):
    said = refusal(sent(data, {"jpg": "JPEG", "png": "PNG", "ebp": "WEBP"}[name[-3:]], name=name))
    assert "JPEG, PNG ou WebP" in said


def test_the_format_of_iphones_is_named_and_the_accepted_ones_with_it():
    heic = struct.pack(">I", 24) + b"ftypheic" + bytes(500)
    said = refusal(sent(heic, name="IMG_0042.HEIC", type="image/heic"))
    assert "HEIC" in said and "JPEG" in said


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("photo.png", "image/png"),
        ("photo.jpg", "image/png"),
        ("photo.png", "image/jpeg"),
        ("photo.html", "image/jpeg"),
        ("photo.php.svg", "image/jpeg"),
        ("photo.jpg", "text/html"),
    ],
)
def test_a_jpeg_that_says_it_is_something_else_is_refused(name, type):
    assert "son nom ou son type dit autre chose" in refusal(sent(encoded(drawing()), name=name, type=type))


# --- Bombs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(50_000, 50_000), (20_000, 1000), (2**31 - 1, 2**31 - 1), (4001, 4000)])
def test_a_png_of_too_many_points_is_refused_before_it_is_decoded(size, monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *args, **kwargs: pytest.fail("the decoder was called"))
    bomb = (
        png_bomb(*size)
        if size[0] < 10**6
        else png_bomb(10, 10).replace(struct.pack(">II", 10, 10), struct.pack(">II", *size), 1)
    )
    tracemalloc.start()
    said = refusal(sent(bomb, "PNG"))
    assert "trop de points" in said
    assert tracemalloc.get_traced_memory()[1] < 5 * 1024**2
    tracemalloc.stop()


@pytest.mark.parametrize(("options", "size"), [({}, (8001, 8000)), ({"progressive": True}, (5001, 5000))])
def test_a_jpeg_of_too_many_points_is_refused_before_it_is_decoded(options, size, monkeypatch):
    data = bytearray(encoded(drawing(1000, 1000), **options))
    at = data.index(struct.pack(">HH", 1000, 1000))
    data[at : at + 4] = struct.pack(">HH", *size)
    monkeypatch.setattr(Image, "open", lambda *args, **kwargs: pytest.fail("the decoder was called"))
    assert "trop de points" in refusal(sent(bytes(data)))


def test_a_webp_whose_frame_is_larger_than_its_canvas_is_measured_by_its_frame(monkeypatch):
    data = bytearray(encoded(drawing(800, 600), "WEBP", lossless=True))
    at = data.index(b"VP8L") + 9
    data[at : at + 4] = struct.pack("<I", 16_000 | 16_000 << 14)
    monkeypatch.setattr(Image, "open", lambda *args, **kwargs: pytest.fail("the decoder was called"))
    assert "trop de points" in refusal(sent(bytes(data), "WEBP"))


def test_a_plain_jpeg_in_several_passes_is_held_whole_so_it_may_not_be_larger_than_a_progressive_one(monkeypatch):
    assert read(sent(jpeg_in_passes(1000, 800))).width == 1000
    monkeypatch.setattr(images, "_decode", lambda *_: pytest.fail("decoded"))
    assert "trop de points" in refusal(sent(jpeg_in_passes(5001, 5000)))


def test_a_process_reads_one_image_at_a_time_and_asks_to_come_back_rather_than_wait_for_ever(monkeypatch):
    monkeypatch.setattr(images, "_PATIENCE", 0.01)
    with images._one_at_a_time:
        assert "dans une minute" in refusal(a_photo())
    assert "trop petite" in refusal(a_photo(width=200, height=100))
    assert read(a_photo()).width == 1200


def test_a_jpeg_of_endless_passes_is_refused():
    data = encoded(drawing(1000, 1000), progressive=True)
    start = data.rindex(b"\xff\xda")
    last_pass = data[start:-2]
    assert "trop de points" in refusal(sent(data[:-2] + last_pass * 60 + b"\xff\xd9"))


def in_many_parts(format: str) -> bytes:
    """A good picture, with as many empty parts as we take after its head."""
    data = encoded(drawing(), format)
    if format == "JPEG":
        return data[:2] + b"\xff\xfe\x00\x02" * images.MOST_PARTS + data[2:]
    if format == "PNG":
        return data[:33] + chunk(b"tEXt", b"a\0b") * images.MOST_PARTS + data[33:]
    parts = data[12:] + b"NOTE\0\0\0\0" * images.MOST_PARTS
    return b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_made_of_endless_parts_is_refused(format, monkeypatch):
    """Ten megabytes of empty parts took twenty seconds of a processor, the decoder's among them."""
    data = in_many_parts(format)
    assert "abîmée" in refusal(sent(data, format))
    monkeypatch.setattr(images, "MOST_PARTS", images.MOST_PARTS + 100)
    assert read(sent(data, format)).width


def test_a_picture_after_endless_padding_is_refused():
    data = encoded(drawing())
    assert "abîmée" in refusal(sent(data[:2] + b"\xff" * images.MOST_PARTS + data[2:]))


def test_a_text_that_inflates_for_ever_costs_little():
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1024**2)) for _ in range(300)) + packer.flush()
    data = encoded(drawing(), "PNG")
    data = data[:33] + chunk(b"zTXt", b"Comment\0\0" + packed) + data[33:]
    tracemalloc.start()
    with pytest.raises(ImageRefused):
        read(sent(data, "PNG"))
    assert tracemalloc.get_traced_memory()[1] < 40 * 1024**2
    tracemalloc.stop()


def test_thousands_of_texts_that_inflate_cost_little():
    packed = zlib.compress(bytes(1024**2), 9)
    data = encoded(drawing(), "PNG")
    data = data[:33] + chunk(b"zTXt", b"Comment\0\0" + packed) * 5000 + data[33:]
    tracemalloc.start()
    assert "abîmée" in refusal(sent(data, "PNG"))
    assert tracemalloc.get_traced_memory()[1] < 60 * 1024**2
    tracemalloc.stop()


def test_thousands_of_pictures_after_the_picture_are_not_those_of_a_telephone():
    assert "autre chose" in refusal(sent(encoded(drawing(320, 320)) + encoded(Image.new("L", (8, 8))) * 9000))


def test_a_heavy_file_is_refused_before_it_is_read():
    upload = sent(b"\xff\xd8\xff" + bytes(images.MOST_BYTES))
    # A closed file cannot be read.
    upload.close()
    assert "pèse 11 Mo" in refusal(upload)


# --- Polyglots -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "added",
    [
        a_zip(),
        HTML,
        b"%PDF-1.7\n" + bytes(100),
        b"<?php system($_GET['c']); ?>",
        b"Rar!\x1a\x07\x01\0",
        b"mot de passe",
    ],
)
def test_an_image_with_another_file_after_it_is_refused(format, added):
    assert "autre chose qu’une image" in refusal(sent(encoded(drawing(), format) + added, format))


@pytest.mark.parametrize("hidden", [HTML, SVG, b"x <?php echo 1; ?>", b"%PDF-1.4"])
def test_an_image_with_a_page_or_a_program_in_its_notes_is_refused(hidden):
    data = encoded(drawing(), "PNG")
    notes = {
        "JPEG": encoded(drawing(), comment=hidden),
        "PNG": data[:33] + chunk(b"tEXt", b"Comment\0" + hidden) + data[33:],
        "WEBP": encoded(drawing(), "WEBP", xmp=hidden),
    }
    for format, polyglot in notes.items():
        assert "autre chose qu’une image" in refusal(sent(polyglot, format)), format


def test_a_page_hidden_compressed_in_the_notes_of_a_png_is_refused():
    data = encoded(drawing(), "PNG")
    packed = zlib.compress(HTML)
    data = data[:33] + chunk(b"zTXt", b"Comment\0\0" + packed) + data[33:]
    assert "autre chose qu’une image" in refusal(sent(data, "PNG"))


def test_a_zip_whose_files_are_before_the_picture_is_refused():
    archive = a_zip()
    data = encoded(drawing())
    comment = archive[:65_000]
    data = data[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + data[2:] + archive
    assert "autre chose qu’une image" in refusal(sent(data))


def test_a_film_with_a_page_in_it_is_no_film():
    film = struct.pack(">I4s4sI", 16, b"ftyp", b"mp42", 0)
    assert "autre chose" in refusal(
        sent(encoded(drawing()) + film + struct.pack(">I4s", 8 + len(HTML), b"mdat") + HTML)
    )
    assert "autre chose" in refusal(sent(encoded(drawing()) + film + b"and the rest"))


# --- What cannot be shown --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["WEBP", "PNG"])
def test_a_moving_image_is_refused(format):
    frames = [drawing(600, 400), drawing(600, 400).rotate(180)]
    data = encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=100)
    assert "animée" in refusal(sent(data, format))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.99])
def test_an_image_cut_short_is_refused(format, kept):
    data = encoded(photograph(800, 600), format)
    assert "abîmée" in refusal(sent(data[: int(len(data) * kept)], format))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_whatever_bytes_are_damaged_nothing_but_a_refusal_happens(format):
    data = encoded(photograph(400, 330), format)
    taken = 0
    for at in range(0, len(data), max(1, len(data) // 60)):
        damaged = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        with contextlib.suppress(ImageRefused):
            taken += read(sent(damaged, format)).width == 400
    # A JPEG with a wrong pixel is still a picture.
    assert taken or format != "JPEG"


def test_an_image_too_small_to_be_seen_is_refused():
    assert "trop petite" in refusal(sent(encoded(drawing(319, 319))))
    exif = Image.Exif()
    exif[0x0112] = 6
    assert "trop petite" in refusal(sent(encoded(drawing(600, 200), exif=exif)))


@pytest.mark.parametrize("size", [(2000, 400), (400, 2000)])
def test_a_ribbon_is_refused(size):
    assert "trop allongée" in refusal(sent(encoded(drawing(*size))))


# --- In a form -------------------------------------------------------------------------------------------------------


def test_a_field_gives_a_picture_or_says_why_not():
    field = PictureField()
    assert field.clean(a_photo()).width == 1200
    for upload, said in [(None, "Choisissez une image"), (sent(b""), "vide"), (sent(HTML), "JPEG, PNG ou WebP")]:
        with pytest.raises(ValidationError, match=said):
            field.clean(upload)


# --- Keeping ---------------------------------------------------------------------------------------------------------


def files_under(folder) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*.webp")) if folder.exists() else []


def test_files_are_private_until_they_are_placed_and_gone_once_forgotten(tmp_path, visitor, db):
    picture = read(a_photo(width=700))
    name = images.keep(picture, folder="initiatives")
    paths = [images.path_of(name, width) for width in (480, 700)]
    assert files_under(tmp_path / "private") == sorted(paths) and not files_under(tmp_path / "media")
    assert visitor.get(images.address(name, 480)).status_code == 404
    for _twice in range(2):
        images.place(name, 700, is_public=True)
        assert files_under(tmp_path / "media") == sorted(paths) and not files_under(tmp_path / "private")
    answer = visitor.get(images.address(name, 480))
    assert answer.content == picture.files[480] == images.content(name, 480)
    assert answer.headers["Content-Type"] == "image/webp" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer.headers["Cache-Control"] and "private" in answer.headers["Cache-Control"]
    images.place(name, 700, is_public=False)
    assert visitor.get(images.address(name, 480)).status_code == 404
    assert images.content(name, 480) == picture.files[480]
    images.forget(name, 700)
    assert not files_under(tmp_path) and images.content(name, 480) is None


def test_a_move_that_was_cut_short_is_done_again_whole(tmp_path):
    picture = read(a_photo(width=480))
    name = images.keep(picture, folder="initiatives")
    half = tmp_path / "media" / images.path_of(name, 480)
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half of it")
    images.place(name, 480, is_public=True)
    assert images.public_content(images.path_of(name, 480)) == picture.files[480]


@pytest.mark.parametrize(
    "path", ["../private/initiatives/", "secret_key", "initiatives/../../secret_key", "initiatives/"]
)
def test_nothing_but_images_is_served_as_one(visitor, db, path):
    assert visitor.get(f"/media/{path}").status_code == 404
