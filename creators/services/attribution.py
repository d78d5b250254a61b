"""Which creator caused a line: sources that travel in links, and the decision.

Links on a creator's surface carry a token: what surface it was and the day, signed,
and nothing about the visitor. The decision is made once, when the order is placed,
and is kept with every candidate and why it won or lost.
"""

import base64
import hmac
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from creators.models import Collection, Creator, Post
from creators.services import partnerships

SALT = "creators.source"
SIGNATURE_BYTES = 16
EPOCH = date(2020, 1, 1)
# type: (its letter in a token, the prefix of its public ids). A link and a profile are
# both named by their creator.
TYPES = {
    "collection": ("c", "col_"),
    "post": ("p", "post_"),
    "profile": ("h", "cre_"),
    "link": ("l", "cre_"),
}
LETTERS = {letter: name for name, (letter, _prefix) in TYPES.items()}


class Reason(models.TextChoices):
    """Why a candidate won or lost: the code is stored, the sentence is for pages."""

    CODE = "code", _("The buyer typed the creator's code.")
    POST = "post", _("The product was tagged in the creator's post.")
    COLLECTION = "collection", _("The product was in the creator's collection.")
    PROFILE = "profile", _("The buyer came from the creator's page.")
    LINK = "link", _("The buyer came through the creator's link.")
    NO_SOURCE = "no_source", _("No creator led to this purchase.")
    OUTRANKED = "outranked", _("Something stronger came first: a code beats a tag.")
    NO_TERMS = "no_terms", _("The creator had no running collaboration with the shop.")
    SELF_PURCHASE = "self_purchase", _("The buyer is the creator: no share is earned.")
    EXPIRED = "expired", _("The link was followed too long ago.")
    GONE = "gone", _("What led to the purchase no longer exists.")


@dataclass(frozen=True, slots=True)
class Source:
    """A surface that led to a product, and the day its link was made."""

    type: str
    id: str
    issued: date


@dataclass(frozen=True, slots=True)
class LineContext:
    """What the decision must know of a line; `key` is the caller's name for it."""

    key: Any
    shop_id: int
    source: Source | None


@dataclass(frozen=True, slots=True)
class BuyerIdentity:
    """Who buys: the account if there is one, and the e-mail of the order."""

    user_id: int | None
    email: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Who earns on a line, on what terms and why. `candidates` is plain JSON, in rule
    order, the winner (if any) marked.
    """

    creator_id: int | None
    rate_bps: int | None
    funded_by: str | None
    rule: str
    reason: str
    candidates: list[dict[str, Any]]
    partnership_reference: str


@dataclass(frozen=True, slots=True)
class _Claim:
    """A creator who may have caused a line: by a code, or by the line's source."""

    rule: str
    reason: Reason
    creator: Creator | None
    source: Source | None


def token(*, source_type: str, source_id: str, issued: date) -> str:
    """Sign a source into a short token for `?via=`: no visitor id, about 45 letters."""
    letter, prefix = TYPES[source_type]
    body = f"{letter}{(issued - EPOCH).days}.{source_id.removeprefix(prefix)}"
    return f"{body}.{_signature(body, settings.SECRET_KEY)}"


def read_token(*, token: str, at: datetime) -> Source | None:
    """Give the source of a token, or None when it is not ours, changed, or older than
    the window. Never raises: a bad token is simply no source.
    """
    body, dot, signature = token.rpartition(".")
    if not dot or not any(
        hmac.compare_digest(_signature(body, key).encode(), signature.encode())
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ):
        return None
    head, _dot, rest = body.partition(".")
    source_type = LETTERS[head[0]]
    source = Source(
        type=source_type,
        id=TYPES[source_type][1] + rest,
        issued=EPOCH + timedelta(days=int(head[1:])),
    )
    return source if _is_fresh(source, at) else None


def resolve_sources(*, sources: Iterable[Source]) -> dict[Source, int]:
    """Give the creator (key) behind each source; a source that is gone is absent.

    At most 2 queries, however many sources.
    """
    owners, _creators = _owners(sources, None)
    return {source: creator.pk for source, creator in owners.items()}


def normalise_email(email: str) -> str:
    """Bring an address to the form in which two spellings of one mailbox are equal:
    width and case folded, `+suffix` dropped, dots dropped at Gmail.
    """
    folded = unicodedata.normalize("NFKC", email).strip().casefold()
    local, _at, domain = folded.rpartition("@")
    local = local.partition("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def decide(
    *,
    lines: Sequence[LineContext],
    code_creator_id: int | None,
    buyer: BuyerIdentity,
    at: datetime,
) -> dict[Any, Decision]:
    """Decide for each line which creator, if any, earns on it, by `key`.

    A code beats the line's own source. A candidate needs running terms with the
    line's shop and must not be the buyer; the first who fits wins the line alone.
    At most 3 queries, however many lines.
    """
    sources = {line.source for line in lines if line.source is not None}
    owners, creators = _owners(sources, code_creator_id)
    code_creator = creators.get(code_creator_id) if code_creator_id else None
    terms = partnerships.terms_for(
        creator_ids=list(creators),
        shop_ids=sorted({line.shop_id for line in lines}),
        at=at,
    )
    return {
        line.key: _decide_line(
            claims=_claims(line, code_creator, owners),
            terms={
                creator_id: found
                for (creator_id, shop_id), found in terms.items()
                if shop_id == line.shop_id
            },
            buyer=buyer,
            at=at,
        )
        for line in lines
    }


def _claims(
    line: LineContext, code_creator: Creator | None, owners: Mapping[Source, Creator]
) -> list[_Claim]:
    """List who may have caused the line, the strongest rule first."""
    claims = []
    if code_creator is not None:
        claims.append(_Claim("code", Reason.CODE, code_creator, None))
    if line.source is not None:
        rule = "link" if line.source.type == "link" else "tag"
        reason = Reason(line.source.type)
        claims.append(_Claim(rule, reason, owners.get(line.source), line.source))
    return claims


def _decide_line(
    *,
    claims: Sequence[_Claim],
    terms: Mapping[int, partnerships.Terms],
    buyer: BuyerIdentity,
    at: datetime,
) -> Decision:
    winner: _Claim | None = None
    first_loss: Reason = Reason.NO_SOURCE
    candidates = []
    for claim in claims:
        loss = _loss(claim, terms, buyer, at)
        if loss is None and winner is not None:
            loss = Reason.OUTRANKED
        if loss is None:
            winner = claim
        elif first_loss is Reason.NO_SOURCE:
            first_loss = loss
        candidates.append(_candidate(claim, terms, loss))
    if winner is None or winner.creator is None:
        return Decision(None, None, None, "none", first_loss.value, candidates, "")
    won = terms[winner.creator.pk]
    return Decision(
        creator_id=winner.creator.pk,
        rate_bps=won.rate_bps,
        funded_by=won.funded_by,
        rule=winner.rule,
        reason=winner.reason.value,
        candidates=candidates,
        partnership_reference=won.partnership_reference,
    )


def _loss(
    claim: _Claim,
    terms: Mapping[int, partnerships.Terms],
    buyer: BuyerIdentity,
    at: datetime,
) -> Reason | None:
    """Say why a claim cannot win by itself; None when it can."""
    if claim.source is not None and not _is_fresh(claim.source, at):
        return Reason.EXPIRED
    if claim.creator is None:
        return Reason.GONE
    if claim.creator.user_id == buyer.user_id or (
        normalise_email(claim.creator.user.email) == normalise_email(buyer.email)
    ):
        return Reason.SELF_PURCHASE
    if claim.creator.pk not in terms:
        return Reason.NO_TERMS
    return None


def _candidate(
    claim: _Claim, terms: Mapping[int, partnerships.Terms], loss: Reason | None
) -> dict[str, Any]:
    """Write a claim down as it was, in JSON values."""
    found = terms.get(claim.creator.pk) if claim.creator else None
    return {
        "rule": claim.rule,
        "creator": claim.creator.public_id if claim.creator else None,
        "handle": claim.creator.handle if claim.creator else None,
        "source_type": claim.source.type if claim.source else None,
        "source_id": claim.source.id if claim.source else None,
        "source_date": claim.source.issued.isoformat() if claim.source else None,
        "rate_bps": found.rate_bps if found else None,
        "funded_by": found.funded_by if found else None,
        "partnership": found.partnership_reference if found else None,
        "won": loss is None,
        "reason": (loss or claim.reason).value,
    }


def _owners(
    sources: Iterable[Source], code_creator_id: int | None
) -> tuple[dict[Source, Creator], dict[int, Creator]]:
    """Load the creators behind the sources and the code, with their users: by source,
    and by key. Two queries at most.
    """
    wanted = list(sources)
    ids = {
        name: {source.id for source in wanted if source.type == name} for name in TYPES
    }
    content: dict[str, int] = {}
    if ids["collection"] or ids["post"]:
        collections = Collection.objects.filter(public_id__in=ids["collection"])
        posts = Post.objects.filter(public_id__in=ids["post"])
        content = dict(
            collections.values_list("public_id", "creator_id").union(
                posts.values_list("public_id", "creator_id")
            )
        )
    keys = {*content.values()} | ({code_creator_id} if code_creator_id else set())
    named = ids["profile"] | ids["link"]
    if not keys and not named:
        return {}, {}
    creators = Creator.objects.select_related("user").filter(
        models.Q(pk__in=keys) | models.Q(public_id__in=named)
    )
    by_key = {creator.pk: creator for creator in creators}
    by_name = {creator.public_id: creator for creator in by_key.values()}
    by_name |= {name: by_key[key] for name, key in content.items()}
    owners = {source: by_name[source.id] for source in wanted if source.id in by_name}
    return owners, by_key


def _is_fresh(source: Source, at: datetime) -> bool:
    """Say whether a source is within the window; a day ahead is a clock's slack."""
    age = (at.date() - source.issued).days
    return -1 <= age <= settings.ATTRIBUTION_WINDOW_DAYS


def _signature(body: str, key: str) -> str:
    digest = salted_hmac(SALT, body, secret=key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:SIGNATURE_BYTES]).rstrip(b"=").decode()
