"""The declarative base and the columns that most tables have."""

from datetime import datetime

from sqlalchemy import DateTime, MetaData, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Every model of the public schema, with the names that Drizzle gives to constraints."""

    metadata = MetaData(
        naming_convention={
            "fk": "%(table_name)s_%(column_0_name)s_"
            "%(referred_table_name)s_%(referred_column_0_name)s_fk",
            "uq": "%(table_name)s_%(column_0_name)s_unique",
        }
    )


class CreatedAt:
    """Set by the database when the row is written."""

    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, server_default=func.now()
    )


class UpdatedAt:
    """Set by a trigger of the database whenever the row changes."""

    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, server_default=func.now()
    )
