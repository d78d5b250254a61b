"""Who gets into the admin, and what he may do to people there."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from marketplace.accounts.models import User
from tests.factories import sellers

pytestmark = pytest.mark.django_db
USERS = "admin:accounts_user_changelist"


def test_a_stranger_is_sent_to_the_one_sign_in_page(client):
    page = client.get(reverse("admin:index"), follow=True)
    address, _status = page.redirect_chain[-1]
    assert address.startswith(reverse("account_login"))


def test_the_admin_has_no_sign_in_of_its_own(client):
    user = sellers.user(is_staff=True, is_superuser=True, password="long enough 1")
    form = {"username": user.email, "password": "long enough 1"}
    answer = client.post(reverse("admin:login"), form)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "name", ["admin:index", USERS, "admin:payouts_entry_changelist"]
)
def test_who_is_no_staff_is_refused_and_sees_nothing(client, name):
    someone = sellers.user("hidden@example.com")
    client.force_login(sellers.user())
    page = client.get(reverse(name), follow=True)
    assert page.status_code == 403
    assert someone.email not in page.content.decode()
    assert "sidebar" not in page.content.decode()


def test_staff_without_the_right_to_see_people_are_refused(client):
    client.force_login(sellers.user(is_staff=True))
    assert client.get(reverse(USERS)).status_code == 403


def test_staff_who_may_see_people_cannot_change_them(client):
    staff, other = sellers.user(is_staff=True), sellers.user()
    for codename in ("view_user", "change_user", "delete_user", "add_user"):
        staff.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(staff)
    url = reverse("admin:accounts_user_change", args=[other.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"is_staff": "on"}).status_code == 403
    delete = reverse("admin:accounts_user_delete", args=[other.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert client.post(reverse("admin:accounts_user_add"), {}).status_code == 403
    other.refresh_from_db()
    assert not other.is_staff
    assert User.objects.count() == 2


def test_staff_with_rights_over_groups_cannot_give_themselves_more(client):
    staff = sellers.user(is_staff=True)
    for codename in ("view_group", "change_group", "add_group"):
        staff.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(staff)
    answer = client.post(reverse("admin:auth_group_add"), {"name": "all"})
    assert answer.status_code == 403


def test_nobody_sees_a_password_not_even_its_hash(client):
    client.force_login(sellers.user(is_staff=True, is_superuser=True))
    other = sellers.user(password="long enough 1")
    url = reverse("admin:accounts_user_change", args=[other.pk])
    text = client.get(url).content.decode()
    assert other.email in text
    assert other.password not in text
