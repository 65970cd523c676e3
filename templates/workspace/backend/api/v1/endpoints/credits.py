"""Credits. A purchase is granted at once: connect a payment provider before launch."""

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from backend.api.dependencies import CurrentUser, PageQuery, Session, page_of
from backend.core.rate_limit import rate_limit
from backend.models import CreditAccount, CreditTransaction, UsageMetric
from backend.schemas.account import (
    CreditBalance,
    CreditPurchase,
    CreditTransactionOut,
    UsageOut,
)
from backend.schemas.common import Page

router = APIRouter()


@router.get("/balance", response_model=CreditBalance)
async def get_balance(user: CurrentUser, session: Session) -> object:
    """How many credits the caller has."""
    account = select(CreditAccount).where(CreditAccount.user_id == user.id)
    return (await session.execute(account)).scalar_one_or_none() or CreditBalance(balance=0)


@router.get("/transactions", response_model=Page[CreditTransactionOut])
async def list_transactions(user: CurrentUser, session: Session, paging: PageQuery) -> Page:
    """Every change of the balance, newest first."""
    own = select(CreditTransaction).join(CreditAccount).where(CreditAccount.user_id == user.id)
    return await page_of(session, own.order_by(CreditTransaction.created_at.desc()), paging)


@router.post(
    "/purchase", response_model=CreditBalance, status_code=201, dependencies=[Depends(rate_limit)]
)
async def purchase(order: CreditPurchase, user: CurrentUser, session: Session) -> CreditBalance:
    """Adds credits. The addition happens in the database, so two purchases cannot lose one."""
    added = (
        insert(CreditAccount)
        .values(user_id=user.id, balance=order.amount)
        .on_conflict_do_update(
            index_elements=[CreditAccount.user_id],
            set_={"balance": CreditAccount.balance + order.amount},
        )
        .returning(CreditAccount.id, CreditAccount.balance)
    )
    account_id, balance = (await session.execute(added)).one()
    session.add(
        CreditTransaction(
            account_id=account_id,
            kind="purchase",
            amount=order.amount,
            balance_after=balance,
            description=f"{order.amount} credits",
        )
    )
    await session.commit()
    return CreditBalance(balance=balance)


@router.get("/usage", response_model=Page[UsageOut])
async def get_usage(user: CurrentUser, session: Session, paging: PageQuery) -> Page:
    """What the caller's jobs did, by day, newest first."""
    own = select(UsageMetric).where(UsageMetric.user_id == user.id)
    return await page_of(session, own.order_by(UsageMetric.metric_date.desc()), paging)
