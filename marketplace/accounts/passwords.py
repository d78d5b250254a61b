"""What a password must be, in this site's own words, and other words of Django's and
allauth's forms that are said our way: our catalogues are looked up before theirs.
"""

from django.contrib.auth import password_validation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

# Said by the libraries' own forms; marked here so that our catalogues hold them.
SAID_OUR_WAY = (
    gettext_noop("This field is required."),
    gettext_noop("Enter a valid email address."),
    gettext_noop("Sign-In Code"),
    gettext_noop("A user is already registered with this email address."),
    gettext_noop("The email address and/or password you specified are not correct."),
    gettext_noop("You must type the same password each time."),
)


class LongEnough(password_validation.MinimumLengthValidator):
    def get_error_message(self) -> str:
        return self.get_help_text()

    def get_help_text(self) -> str:
        return ngettext(
            "At least %(number)d character.",
            "At least %(number)d characters.",
            self.min_length,
        ) % {"number": self.min_length}


class NotCommon(password_validation.CommonPasswordValidator):
    def get_error_message(self) -> str:
        return _("Too many people use this password. Choose another.")

    def get_help_text(self) -> str:
        return _("Not one that many people use.")


class NotOnlyDigits(password_validation.NumericPasswordValidator):
    def get_error_message(self) -> str:
        return _("A password of digits alone is guessed quickly. Add letters.")

    def get_help_text(self) -> str:
        return _("Not digits alone.")
