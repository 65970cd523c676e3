"""Credits, and what they were spent on."""

from datetime import date
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base, CreatedAt, UpdatedAt


class CreditAccount(CreatedAt, UpdatedAt, Base):
    """A user's balance, in credits."""

    __tablename__ = "credit_accounts"
    __table_args__ = (CheckConstraint("balance >= 0", name="credit_accounts_balance_check"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=func.gen_random_uuid())
    user_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("profiles.id", ondelete="CASCADE"), nullable=False, unique=True
    )
    balance: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))


class CreditTransaction(CreatedAt, Base):
    """One change of a balance; negative amounts were spent."""

    __tablename__ = "credit_transactions"
    __table_args__ = (
        Index("credit_transactions_account_id_created_at_idx", "account_id", "created_at"),
        CheckConstraint(
            "kind in ('purchase', 'usage', 'refund')", name="credit_transactions_kind_check"
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=func.gen_random_uuid())
    account_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("credit_accounts.id", ondelete="CASCADE"), nullable=False
    )
    kind: Mapped[str] = mapped_column(String(20), nullable=False)
    amount: Mapped[int] = mapped_column(Integer, nullable=False)
    balance_after: Mapped[int] = mapped_column(Integer, nullable=False)
    description: Mapped[str] = mapped_column(Text, nullable=False)


class UsageMetric(UpdatedAt, Base):
    """What a user's jobs did on one day."""

    __tablename__ = "usage_metrics"
    __table_args__ = (
        UniqueConstraint("user_id", "metric_date", name="usage_metrics_user_id_metric_date_unique"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=func.gen_random_uuid())
    user_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("profiles.id", ondelete="CASCADE"), nullable=False
    )
    metric_date: Mapped[date] = mapped_column(Date, nullable=False)
    jobs_completed: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    images_processed: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
