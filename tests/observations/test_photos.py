"""Photos: checked by content, made small and plain, shown only to those who work in the area."""

import io
import uuid
from typing import Any
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation
from PIL import Image

from observations.models import Attachment, Observation
from observations.photos import attachment_add, reencoded
from observations.refusals import BadPhoto, DifferentContent
from tests.observations.world import NOW, World, picture

HTMX = {"HX-Request": "true"}


def upload(content: bytes, name: str = "p.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def test_is_reencoded_small_upright_and_without_what_the_phone_hides():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "a phone's maker"
    exif.get_ifd(0x8825)[1] = "N"
    content = reencoded(upload(picture((3000, 1500), "JPEG", exif=exif)))
    made = Image.open(io.BytesIO(content))
    assert made.format == "JPEG"
    assert made.size == (1000, 2000)
    assert not made.getexif()
    assert b"maker" not in content


def test_transparent_becomes_white():
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    made = Image.open(io.BytesIO(reencoded(upload(out.getvalue()))))
    assert min(made.getpixel((5, 5))) > 250


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + b"\0" * 40,
        b"%PDF-1.7 ...",
        b"\xff\xd8\xff\xe0" + b"rubbish" * 50,
        picture()[:60],
    ],
)
def test_a_photo_that_is_no_photo_is_refused(content: bytes):
    with pytest.raises(BadPhoto):
        reencoded(upload(content))


@translation.override("en")
def test_too_large_and_too_many_pixels_are_refused():
    with pytest.raises(BadPhoto, match="8 MB"):
        reencoded(upload(b"\xff\xd8\xff" + b"\0" * (8 * 1024 * 1024)))
    with mock.patch("observations.photos.LARGEST_PIXELS", 1000), pytest.raises(BadPhoto, match="pixels"):
        reencoded(upload(picture()))


def test_the_same_photo_again_is_kept_once(world: World):
    fact = world.record(result="not_ok").observation
    photo_id = uuid.uuid4()
    said: dict[str, Any] = {"observation": fact, "added_by": world.operator, "now": NOW}
    first = attachment_add(id=photo_id, photo=upload(picture()), **said)
    assert attachment_add(id=photo_id, photo=upload(picture()), **said) == first
    assert attachment_add(id=uuid.uuid4(), photo=upload(picture()), **said) == first
    with pytest.raises(DifferentContent):
        attachment_add(id=photo_id, photo=upload(picture((60, 60))), **said)
    assert Attachment.objects.count() == 1


def test_a_photo_that_is_no_photo_leaves_the_observation_stored(signed_in: Client, world: World):
    fact = world.record(result="not_ok").observation
    address = reverse("observations:photo", args=[fact.pk])
    html = signed_in.post(address, {"photo": upload(b"no photo")}, headers=HTMX).content.decode()
    assert "This file is not a photo." in html
    assert "The observation itself is stored." in html
    assert Observation.objects.filter(pk=fact.pk).exists()
    assert not Attachment.objects.exists()
    response = signed_in.post(address, {"photo": upload(b"no photo")}, follow=True)
    assert "This file is not a photo." in response.content.decode()


def test_a_photo_is_shown_to_those_who_work_there_only(client: Client, world: World, clock: None):
    fact = world.record(result="not_ok").observation
    client.force_login(world.operator)
    html = client.post(
        reverse("observations:photo", args=[fact.pk]), {"photo": upload(picture())}, headers=HTMX
    ).content.decode()
    photo = Attachment.objects.get()
    address = reverse("observations:photo_file", args=[photo.pk])
    assert address in html
    response = client.get(address)
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response.getvalue()[:3] == b"\xff\xd8\xff"
    client.force_login(world.outsider)
    assert client.get(address).status_code == 404
    page = client.get(reverse("observations:observation", args=[fact.pk])).content.decode()
    assert address not in page


def test_only_the_observer_or_who_may_correct_adds_a_photo(client: Client, world: World, clock: None):
    fact = world.record(result="not_ok").observation
    for person, status in ((world.mate, 403), (world.outsider, 403), (world.lead, 200)):
        client.force_login(person)
        answer = client.post(reverse("observations:photo", args=[fact.pk]), {"photo": upload(picture())}, headers=HTMX)
        assert answer.status_code == status
