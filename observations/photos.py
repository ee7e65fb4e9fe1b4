"""Photos of an observation: checked by content, turned upright, stripped of what a phone hides in them, kept small."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import warnings
from uuid import UUID

from django.core.files import File
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from observations.models import Attachment, Observation
from observations.refusals import BadPhoto, DifferentContent
from principles.teams.models import User

LARGEST_FILE = 8 * 1024 * 1024
LARGEST_PIXELS = 60_000_000
LONGEST_SIDE = 2000
FORMATS = ("JPEG", "PNG", "WEBP")


def attachment_add(
    *, id: UUID, observation: Observation, photo: File[bytes], added_by: User, now: dt.datetime
) -> Attachment:
    """Keep a photo with an observation, re-encoded as JPEG of at most 2000 px. Sent again, it is kept once.

    Raises BadPhoto (too large, no photo, damaged) and DifferentContent (the id belongs to another photo). The
    observation itself is never touched.
    """
    content = reencoded(photo)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        # The observation's row is locked, so that a photo that is sent twice at once is kept once.
        Observation.objects.select_for_update().get(pk=observation.pk)
        known = Attachment.objects.filter(pk=id).first()
        if known is not None:
            if known.observation_id != observation.pk or known.digest != digest:
                raise DifferentContent
            return known
        same = Attachment.objects.filter(observation=observation, digest=digest).first()
        if same is not None:
            return same
        attachment = Attachment(pk=id, observation=observation, digest=digest, added_by=added_by, added_at=now)
        attachment.image.save(f"{id}.jpg", ContentFile(content), save=False)
        attachment.save(force_insert=True)
        return attachment


def reencoded(photo: File[bytes]) -> bytes:
    """The photo as a plain upright JPEG without metadata. Raises BadPhoto."""
    if (photo.size or 0) > LARGEST_FILE:
        raise BadPhoto(_("The photo is too large: at most 8 MB."))
    data = photo.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise BadPhoto(_("The photo is too large: at most 8 MB."))
    try:
        with warnings.catch_warnings():
            # A picture that unpacks to far more than it seems is refused by its pixels before it is unpacked.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > LARGEST_PIXELS:
                    raise BadPhoto(_("The photo has too many pixels."))
                image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                upright = ImageOps.exif_transpose(image)
                plain = _on_white(upright)
    except UnidentifiedImageError as error:
        raise BadPhoto from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPhoto(_("The photo is damaged and can't be read.")) from error
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """A copy in plain colours; what is transparent becomes white."""
    if image.mode in ("RGBA", "LA", "P", "PA"):
        layered = image.convert("RGBA")
        ground = Image.new("RGB", layered.size, "white")
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    return image.convert("RGB")
