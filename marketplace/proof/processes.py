"""Faults of whole processes: workers killed with kill -9 while a thousand payees are
paid, and a broker that is lost."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import override_settings
from django.utils.module_loading import import_string

from creators.models import Creator
from marketplace import gateway
from marketplace.accounts.models import User
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import Outbox
from marketplace.local import ports
from marketplace.proof import people, rounds
from marketplace.proof.frame import FIRST_SEED, Fault, Row
from marketplace.sandbox import Sandbox
from marketplace.simulator import databases, plants, provider
from marketplace.simulator.world import World
from orders.models import Order
from payouts.models import (
    AccountKind,
    AccountStatus,
    ConnectedAccount,
    EntryKind,
    PayoutRun,
    PayoutRunStatus,
    Transfer,
    TransferStatus,
)
from payouts.services import ledger, payout_runs
from payouts.services.ledger import Move, Name
from payouts.tasks import resolve_transfers, run_payouts, send_transfers

PAYEES, KILLS, AMOUNT = 1_000, 20, 1_500
CONTROL_PAYEES, CONTROL_KILLS = 40, 12
CURRENCY = "EUR"
PATIENCE_SECONDS = 420.0
# A killed or ended process is followed by another of its role: a platform without a
# beat would never say that a run is over.
ROLES = ("beat", "beat", "work", "work")
SLOWEST_SECONDS = 60.0
CONFIRMATION = "orders.tasks.send_confirmation"
# Nobody listens there: a broker that is gone.
NOWHERE = "redis://127.0.0.1:1/0"


def is_without_a_broker(here: World) -> Iterator[str]:
    """F33: the broker is gone while orders are paid; what was promised is done from the
    rows, by the relay, whether the broker comes back empty or not at all.
    """
    with override_settings(JOBS_NUDGE=True), _broker_gone():
        began = time.monotonic()
        orders = [people.bought(here, creator=False) for _ in range(3)]
        took = time.monotonic() - began
    if took > SLOWEST_SECONDS:
        yield f"three checkouts without a broker took {took:.0f} s"
    jobs.drain()
    for order in orders:
        if not Order.objects.get(pk=order.pk).paid_at:
            yield f"order {order.pk} is not paid"
    done = Outbox.objects.filter(function=CONFIRMATION).exclude(done_at=None).count()
    if done != len(orders):
        yield f"{done} of {len(orders)} confirmations were sent"
    yield from people.healed(here)


def payees() -> Row:
    """P5: a thousand payees, two beats, two workers, twenty kills."""
    began = time.monotonic()
    harm = _pay(CONTROL_PAYEES, CONTROL_KILLS, is_protected=False)
    words = _pay(PAYEES, KILLS, is_protected=True)
    return Row(
        id="P5",
        control_violations=len(harm),
        violations=len(words),
        runs=1,
        seconds=round(time.monotonic() - began, 1),
        seeds=f"{FIRST_SEED}",
        says=f"{PAYEES} payees, {KILLS} kills of workers, two beats at once",
        words=tuple(words) if harm else (*words, "the control showed no harm"),
        harm=tuple(harm),
    )


def _pay(count: int, kills: int, *, is_protected: bool) -> list[str]:
    """Pay so many payees by processes that are killed; compare with the sandbox."""
    chance = random.Random(FIRST_SEED)
    with tempfile.TemporaryDirectory() as folder, databases.fresh():
        cache.clear()
        clock.forget()
        _owe(Path(folder), count)
        with _sandbox(Path(folder)) as address, _environment(address) as environment:
            # What was earned is there to be sent.
            sandbox_control.top_up(CURRENCY, count * AMOUNT)
            if is_protected:
                killed = _go(environment, kills, chance)
                unfinished = [] if _is_settled() else ["the run is not over"]
            else:
                killed = _go_without_keys(kills)
                unfinished = []
            made = Counter(
                line["request"]["metadata"]["reference"]
                if isinstance(line["request"].get("metadata"), dict)
                else line["request"].get("metadata[reference]")
                for line in sandbox_control.journal()
                if line["path"] == "/v1/transfers" and line["outcome"] == "executed"
            )
        few = [] if killed >= kills else ["too few kills"]
        return [*_compare(made, count), *few, *unfinished]


def _owe(folder: Path, count: int) -> None:
    """Make payees with an account at the provider and something payable to each."""
    sandbox = Sandbox(folder, secrets=settings.STRIPE_WEBHOOK_SECRETS, country="SE")
    at = clock.now()
    users = User.objects.bulk_create(
        User(email=f"payee{n}@example.com") for n in range(count)
    )
    creators = Creator.objects.bulk_create(
        Creator(
            user=user,
            handle=f"payee{n}",
            name=f"Payee {n}",
            country="SE",
            joined_at=at,
        )
        for n, user in enumerate(users)
    )
    accounts = []
    for creator in creators:
        account_id = _account(sandbox, creator)
        accounts.append(
            ConnectedAccount(
                creator=creator,
                provider_id=account_id,
                status=AccountStatus.ACTIVE,
                payouts_active=True,
                checked_at=at,
            )
        )
    ConnectedAccount.objects.bulk_create(accounts)
    sandbox.close()
    for account in accounts:
        # As earned money does: a run looks for who has ever had something held.
        held = Name(AccountKind.CREATOR_HELD, account)
        ledger.post(
            kind=EntryKind.CORRECTION,
            reference=account.reference,
            currency=CURRENCY,
            moves=[
                Move(Name(AccountKind.GOODWILL), held, AMOUNT),
                Move(held, Name(AccountKind.CREATOR_PAYABLE, account), AMOUNT),
            ],
            at=at - timedelta(days=9),
        )


def _account(sandbox: Sandbox, creator: Creator) -> str:
    """Open an account of a payee at the provider and take it to its end."""
    provider.use_sandbox(sandbox)
    with override_settings(STRIPE_WSGI_APP=provider.APPLICATION, STRIPE_API_BASE=""):
        facts = gateway.create_account(
            request=gateway.AccountRequest(
                reference=creator.public_id,
                kind="creator",
                entity="individual",
                country="SE",
                email="payee@example.com",
                display_name=creator.name,
            ),
            key=f"acct:{creator.public_id}",
        )
        sandbox_control.onboard(account_id=facts.account_id)
    return facts.account_id


@contextmanager
def _sandbox(folder: Path) -> Iterator[str]:
    """Serve the sandbox of this folder as a process of its own."""
    port = ports.choose()
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "marketplace.sandbox"),
            *("--port", str(port), "--state", str(folder)),
        ],
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with override_settings(STRIPE_API_BASE=address, STRIPE_WSGI_APP=""):
            _wait(_answers, "the sandbox")
            yield address
    finally:
        server.kill()
        server.wait()


@contextmanager
def _environment(address: str) -> Iterator[dict[str, str]]:
    """What the processes need to know: this copy of the database, that sandbox."""
    database = connections["default"].settings_dict
    login = f"{database['USER']}:{database['PASSWORD']}"
    place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        "DATABASE_URL": f"postgres://{login}@{place}",
        "STRIPE_API_BASE": address,
        "LOG_LEVEL": "CRITICAL",
    }
    environment.pop("STRIPE_WSGI_APP", None)
    yield environment


def _go(environment: dict[str, str], kills: int, chance: random.Random) -> int:
    """Keep two beats and two workers running, and kill one after the other."""
    running = [_start(environment, role) for role in ROLES]
    killed, deadline = 0, time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    try:
        while time.monotonic() < deadline:
            _approve()
            if not _is_settled():
                running[:] = [
                    process if process.poll() is None else _start(environment, role)
                    for role, process in zip(ROLES, running, strict=True)
                ]
            if killed < kills and _has_begun():
                place = chance.randrange(len(running))
                running[place].send_signal(signal.SIGKILL)
                running[place].wait()
                killed += 1
                running[place] = _start(environment, ROLES[place])
                pause.wait(chance.uniform(0.1, 1.5))
            elif killed >= kills and _is_settled():
                break
            else:
                pause.wait(0.2)
    finally:
        for process in running:
            process.kill()
            process.wait()
    return killed


def _go_without_keys(kills: int) -> int:
    """The control, in this process: killed after each call, with a new key each try."""
    at, killed = clock.now(), 0
    send = gateway.send_transfer

    def and_die(**asked: Any) -> gateway.TransferFacts:
        facts = send(**asked)
        nonlocal killed
        if killed < kills:
            killed += 1
            raise provider.ProcessKilled
        return facts

    with (
        plants.new_key_for_each_try(),
        mock.patch.object(gateway, "send_transfer", and_die),
    ):
        for number in range(3 * kills):
            at = at + timedelta(minutes=5)
            try:
                for job in (run_payouts, send_transfers, resolve_transfers):
                    job(at=at)
            except provider.ProcessKilled:
                continue
            _approve()
            if number > kills and _is_settled():
                break
    return killed


def _approve() -> None:
    """A second person approves what is above the limit."""
    for run in PayoutRun.objects.filter(status=PayoutRunStatus.COMPUTED):
        with contextlib.suppress(MarketplaceError):
            payout_runs.approve(run_id=run.pk, actor="user:second", at=clock.now())


def _start(environment: dict[str, str], role: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "marketplace.proof.worker", role],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _has_begun() -> bool:
    """Kill only within the batch: some are sent, some are not."""
    return Transfer.objects.exists() and not _is_settled()


def _is_settled() -> bool:
    return rounds.is_over()


def _compare(made: Counter[str], count: int) -> Iterator[str]:
    """A thousand payees, a thousand transfers: each once, each of its amount."""
    for reference, times in made.items():
        if times != 1:
            yield f"transfer {reference} was executed {times} times"
    if len(made) != count:
        yield f"{len(made)} transfers for {count} payees"
    sent = Transfer.objects.filter(status=TransferStatus.SENT)
    if set(sent.values_list("public_id", flat=True)) != set(made):
        yield "what we call sent is not what was executed"
    if sum(sent.values_list("amount", flat=True)) != count * AMOUNT:
        yield "another sum was sent than was owed"
    if sent.values("account").distinct().count() != count:
        yield "not everybody got one transfer"


def _answers() -> bool:
    try:
        sandbox_control.clock()
    except gateway.GatewayError:
        return False
    return True


def _wait(until: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not until():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} does not answer")
        threading.Event().wait(0.1)


@contextmanager
def _broker_gone() -> Iterator[None]:
    app: Any = import_string(settings.CELERY_APP)
    with app.connection_for_write(NOWHERE) as nowhere:

        def send(name: str, **asked: Any) -> None:
            asked["retry"] = False
            send_task(name, connection=nowhere, **asked)

        send_task = app.send_task
        with mock.patch.object(app, "send_task", send):
            yield


@contextmanager
def _broker_alone() -> Iterator[None]:
    """Tell the broker and keep no row: the work is lost with it."""

    def tell(function: str, *, run_at: Any = None, **arguments: Any) -> None:
        jobs._nudge(0)

    with mock.patch.object(jobs, "enqueue", tell):
        yield


FAULTS = (
    Fault(
        id="F33",
        says="the broker is lost, and never comes back",
        scenario=is_without_a_broker,
        off=_broker_alone,
    ),
)
