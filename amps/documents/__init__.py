"""PDF documents: asked for on a page, made by a worker, kept with their file. How to add one: `registry`."""

from typing import TYPE_CHECKING

from amps.documents.registry import Content, Head, NothingToShow, Params, Progress, register, use_zone

if TYPE_CHECKING:
    from amps.documents.services import document_request

__all__ = ["Content", "Head", "NothingToShow", "Params", "Progress", "document_request", "register", "use_zone"]


def __getattr__(name: str) -> object:
    # Services need the models, which are not there yet while apps register their kinds.
    if name == "document_request":
        from amps.documents import services

        return services.document_request
    raise AttributeError(name)
