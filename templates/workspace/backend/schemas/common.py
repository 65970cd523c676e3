"""Shapes that every router shares."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Row(BaseModel):
    """A response that is read straight from a model."""

    model_config = ConfigDict(from_attributes=True)


class Page(BaseModel, Generic[T]):
    """One page of a list, and how long the whole list is."""

    items: list[T]
    total: int
    limit: int
    offset: int
