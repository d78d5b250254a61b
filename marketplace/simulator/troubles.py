"""What goes wrong in a run: at the provider, on the way, and with our own processes."""

from marketplace.gateway import sandbox_control
from marketplace.kit import jobs
from marketplace.kit.models import Outbox
from marketplace.simulator import clockwork
from marketplace.simulator.actions import any_of
from marketplace.simulator.world import World

# The calls that move money, and those by which we find out.
CALLS = (
    "POST /v1/checkout/sessions",
    "POST /v1/checkout/sessions/*/expire",
    "POST /v1/transfers",
    "POST /v1/transfers",
    "POST /v1/refunds",
    "POST /v1/refunds",
    "POST /v1/transfers/*/reversals",
    "POST /v1/payment_intents/*/cancel",
    "GET /v1/transfers",
    "GET /v1/refunds",
    "GET /v1/refunds/*",
    "GET /v1/disputes/*",
    "GET /v1/transfers/*/reversals",
    "GET /v1/checkout/sessions/*",
    "GET /v1/payment_intents/*",
    "GET /v1/balance_transactions",
    "GET /v1/events",
    "GET /v2/core/accounts/*",
)
KINDS = (
    "timeout_after_commit",
    "timeout_after_commit",
    "timeout_before",
    "500_before",
    "500_after",
    "429",
    "lock_timeout",
)
READS_ONLY = ("timeout_before", "500_before", "429")


def arm(world: World) -> bool:
    """Let the next calls of one kind go wrong at the provider."""
    call = world.chance.choice(CALLS)
    kinds = READS_ONLY if call.startswith("GET") else KINDS
    sandbox_control.arm_fault(
        match=call,
        do=world.chance.choice(kinds),
        nth=world.chance.choice((1, 1, 2)),
        times=world.chance.choice((1, 1, 2, 3)),
    )
    return True


def kill(world: World) -> bool:
    """Let the process die at one of the next calls of the provider."""
    world.provider.kill(
        in_calls=world.chance.randint(1, 4),
        side=world.chance.choice(("before", "after")),
    )
    return True


def stop_worker(world: World) -> bool:
    """Let worker and beat stand still until they are started again."""
    was_up, world.is_worker_up = world.is_worker_up, False
    if was_up:
        world.happened["worker stopped"] += 1
    return was_up


def start_worker(world: World) -> bool:
    """Start worker and beat, which begin with what has piled up."""
    was_up, world.is_worker_up = world.is_worker_up, True
    clockwork.beat(world)
    return not was_up


def repeat_job(world: World) -> bool:
    """Run a job a second time, as a broker does that lost its acknowledgement."""
    done = Outbox.objects.exclude(done_at=None).exclude(
        function__startswith=clockwork.MAILS[0]
    )
    job = any_of(world, done)
    if job is None:
        return False
    world.happened["job repeated"] += 1
    clockwork.attempt(world, lambda: jobs.resolve(job.function)(**job.arguments))
    return True


def end(world: World) -> None:
    """Let all go well from now on: no fault, no death, worker up."""
    world.faults_run = False
    world.happened["fault"] = sum(f.hit for f in world.provider.sandbox.faults.all())
    sandbox_control.clear_faults()
    world.provider.spare()
    world.is_worker_up = True


def count(world: World) -> int:
    """Count what went wrong so far."""
    hit = sum(fault.hit for fault in world.provider.sandbox.faults.all())
    named = ("kill", "notice lost", "notice repeated", "job repeated", "worker stopped")
    return hit + world.happened["fault"] + sum(world.happened[name] for name in named)
