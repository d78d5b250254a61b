"""Questions about a product: the form to ask, the public list, the shop's answers."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from marketplace.accounts.models import User
from marketplace.kit import clock, pagination
from marketplace.kit.errors import MarketplaceError
from sellers import queries
from sellers.forms import visitors as forms
from sellers.models import Question, QuestionStatus
from sellers.services import questions

QUESTIONS_PER_PAGE = 10
UNPROCESSABLE = 422
TABS = {
    QuestionStatus.WAITING: gettext_lazy("To answer"),
    QuestionStatus.ANSWERED: gettext_lazy("Answered"),
    QuestionStatus.HIDDEN: gettext_lazy("Hidden"),
}


@never_cache
def ask(request: HttpRequest, product: str) -> HttpResponse:
    """Let somebody signed in ask a shop about a live product."""
    found = queries.live_product(product)
    form = forms.AskForm(request.POST or None)
    status = 200
    if request.method == "POST":
        assert isinstance(request.user, User)
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                questions.ask(
                    product=found,
                    asker=request.user,
                    text=form.cleaned_data["text"],
                    language=get_language() or "",
                    at=clock.now(),
                )
            except MarketplaceError as problem:
                form.add_error("text", problem.message)
                status = problem.status_code
            else:
                words = _("Your question is with %(shop)s. The answer comes by mail.")
                messages.success(request, words % {"shop": found.shop.name})
                return redirect(found.get_absolute_url())
    context = {"product": found, "shop": found.shop, "form": form}
    return render(request, "sellers/ask.html", context, status=status)


def of_product(request: HttpRequest, product: str) -> HttpResponse:
    """List the answered questions about a live product, the newest answer first."""
    found = queries.live_product(product)
    listed = questions.public_of(product=found)
    page = pagination.page_of(listed, request, per_page=QUESTIONS_PER_PAGE)
    context = {"product": found, "shop": found.shop, "page": page}
    return render(request, "sellers/questions.html", context)


@never_cache
def of_shop(request: HttpRequest, shop: str) -> HttpResponse:
    """List a shop's questions by state: what waits longest first."""
    found = queries.shop_of(user=request.user, public_id=shop)
    tab = request.GET.get("state", "")
    tab = tab if tab in TABS else QuestionStatus.WAITING
    counts = questions.counts_of(shop=found)
    order = ("pk",) if tab == QuestionStatus.WAITING else ("-answered_at", "-pk")
    listed = (
        Question.objects.visible_to(request.user)
        .filter(shop=found, status=tab)
        .select_related("product")
        .order_by(*order)
    )
    context = {
        "shop": found,
        "tab": tab,
        "tabs": [(key, name, counts[key]) for key, name in TABS.items()],
        "page": pagination.page_of(listed, request, per_page=QUESTIONS_PER_PAGE),
        "form": forms.AnswerForm(),
    }
    return render(request, "sellers/shop_questions.html", context)


@never_cache
def question(request: HttpRequest, shop: str, question: str) -> HttpResponse:
    """Answer one of the shop's questions, hide it, or show it again."""
    found = queries.shop_of(user=request.user, public_id=shop)
    row = (
        Question.objects.visible_to(request.user)
        .filter(shop=found, public_id=question)
        .first()
    )
    if row is None:
        raise Http404
    try:
        messages.success(request, _act(request, row))
    except MarketplaceError as problem:
        messages.warning(request, problem.message)
    return redirect("sell:questions", found.public_id)


def _act(request: HttpRequest, row: Question) -> str:
    action = request.POST.get("do")
    if action == "answer":
        text = request.POST.get("text", "").replace("\x00", "")
        questions.answer(question=row, text=text, at=clock.now())
        return _("Your answer is public.")
    if action == "hide":
        questions.hide(question=row)
        return _("The question is hidden. You find it under Hidden.")
    if action == "show":
        questions.show_again(question=row)
        return _("The question is back where it was.")
    raise Http404
