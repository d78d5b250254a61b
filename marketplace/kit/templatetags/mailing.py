"""`{% load mailing %}`: how the parts of a mail look.

A reader's program may drop a mail's style sheet, so every part carries its look itself,
from the one table here; its class is there for what only a sheet can say: the dark
colours and the narrow phone. The colours are the tokens of the design system.
"""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

FONT = (
    "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Arial,"
    "'Hiragino Sans','Noto Sans JP','Yu Gothic UI',sans-serif"
)
TEXT = f"font-family:{FONT};font-size:15px;line-height:1.55;color:#17191d"
LOOKS = {
    "page": "margin:0;padding:0;width:100%;background:#f7f5f1",
    "mark": f"{TEXT};font-size:22px;font-weight:600;letter-spacing:-0.03em;"
    "padding:0 4px 16px;text-decoration:none",
    "card": "background:#ffffff;border:1px solid #dad6ce;border-radius:10px;"
    "padding:32px 32px 28px",
    "h1": f"{TEXT};margin:0 0 12px;font-size:22px;line-height:1.3;font-weight:600",
    "p": f"{TEXT};margin:0 0 14px;overflow-wrap:break-word",
    "small": f"{TEXT};margin:0 0 10px;font-size:13px;line-height:1.5;color:#4a4e57;"
    "overflow-wrap:break-word",
    "code": f"{TEXT};margin:4px 0 16px;font-size:32px;line-height:1.3;font-weight:600;"
    "letter-spacing:0.12em",
    "tap": "background:#17191d;border-radius:6px;text-align:center",
    "button": f"font-family:{FONT};display:inline-block;padding:14px 24px;"
    "border:1px solid #17191d;border-radius:6px;background:#17191d;color:#ffffff;"
    "font-size:15px;line-height:20px;font-weight:600;text-decoration:none",
    "table": "width:100%;border-collapse:collapse;margin:0",
    "block": "padding-top:20px",
    "group": f"{TEXT};padding:20px 0 8px;font-weight:600;border-bottom:1px solid #dad6ce",
    "pic": "width:56px;padding:12px 12px 12px 0;vertical-align:top",
    "img": "display:block;border:0;border-radius:6px;background:#f0ede6",
    "what": f"{TEXT};padding:12px 12px 12px 0;vertical-align:top;overflow-wrap:anywhere",
    "detail": f"{TEXT};display:block;font-size:13px;line-height:1.5;color:#4a4e57",
    "amount": f"{TEXT};padding:12px 0;vertical-align:top;text-align:right;"
    "white-space:nowrap;font-variant-numeric:tabular-nums",
    "row": f"{TEXT};padding:5px 12px 5px 0;vertical-align:top;overflow-wrap:anywhere",
    "sum": f"{TEXT};padding:5px 0;vertical-align:top;text-align:right;"
    "white-space:nowrap;font-variant-numeric:tabular-nums",
    "label": f"{TEXT};width:30%;padding:3px 16px 3px 0;vertical-align:baseline;color:#4a4e57;"
    "overflow-wrap:normal;word-break:keep-all",
    "value": f"{TEXT};padding:3px 0;vertical-align:baseline;overflow-wrap:anywhere",
    "figures": f"{TEXT};padding:3px 0;vertical-align:baseline;text-align:right;"
    "font-size:17px;font-weight:600;letter-spacing:0.04em;white-space:nowrap;"
    "font-variant-numeric:tabular-nums",
    "total": "font-weight:600;border-top:1px solid #85817a;padding-top:10px",
    "dim": "font-size:13px;color:#4a4e57",
    "quote": f"{TEXT};margin:0 0 16px;padding:2px 0 2px 14px;border-left:2px solid #85817a;"
    "overflow-wrap:anywhere",
    "link": "color:#17191d;text-decoration:underline",
    "foot": f"{TEXT};margin:0 0 10px;padding:0 4px;font-size:13px;line-height:1.5;"
    "color:#4a4e57;overflow-wrap:anywhere",
    "footlink": "color:#4a4e57;text-decoration:underline",
}


@register.simple_tag
def look(*names: str) -> SafeString:
    """`<p {% look "p" %}>`: the class of a part, and what it looks like."""
    style = ";".join(LOOKS[name] for name in names)
    return format_html('class="{}" style="{}"', " ".join(names), style)
