"""Keyboards under a message, checked as strictly as the original does."""

from typing import Any, cast

from sandbox.records import Json
from sandbox.telegram.errors import bad_request
from sandbox.telegram.parameters import Parameters

ACTIONS = frozenset(
    [
        "callback_data",
        "url",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    ]
)
MAX_CALLBACK_DATA = 64
"""Bytes. Source: core.telegram.org/bots/api#inlinekeyboardbutton, November 2026."""
MAX_BUTTONS = 100


def read_markup(parameters: Parameters) -> tuple[Json | None, Json | None]:
    """The inline keyboard and the other kind of markup, each None when not given. Raises: ApiError."""
    if "reply_markup" not in parameters.values:
        return None, None
    markup = parameters.mapping("reply_markup")
    if not markup:
        return None, None
    if "inline_keyboard" in markup:
        rows = [[_button(button) for button in row] for row in _rows(markup["inline_keyboard"])]
        rows = [row for row in rows if row]
        if sum(map(len, rows)) > MAX_BUTTONS:
            raise bad_request("REPLY_MARKUP_TOO_LONG")
        return ({"inline_keyboard": rows} if rows else None), None
    if "keyboard" in markup:
        for row in _rows(markup["keyboard"]):
            for button in row:
                if not (isinstance(button, str) or _has_text(button)):
                    raise bad_request('can\'t parse keyboard button: Field "text" must be of type String')
    return None, markup


def _has_text(button: Any) -> bool:
    return isinstance(button, dict) and isinstance(cast("Json", button).get("text"), str)


def _rows(value: Any) -> list[list[Any]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in cast("list[Any]", value)):
        raise bad_request("object expected as reply markup")
    return cast("list[list[Any]]", value)


def _button(value: Any) -> Json:
    if not isinstance(value, dict):
        raise bad_request("can't parse inline keyboard button: Expected an Object")
    button = {name: part for name, part in cast("Json", value).items() if part is not None}
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    action = ACTIONS & button.keys()
    if not action:
        raise bad_request("Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and (not isinstance(data, str) or not 1 <= len(data.encode()) <= MAX_CALLBACK_DATA):
        raise bad_request("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and (not isinstance(url, str) or not url.startswith(("http://", "https://", "tg://"))):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return button
