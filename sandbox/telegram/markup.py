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


def read_markup(parameters: Parameters, *, manages: bool = False) -> tuple[Json | None, Json | None]:
    """The inline keyboard and the other kind of markup, each None when not given.

    Args:
        manages: whether the bot may offer to make a bot that it manages.

    Raises: ApiError.
    """
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
        keys = [button for row in _rows(markup["keyboard"]) for button in row]
        if not all(isinstance(key, str) or _has_text(key) for key in keys):
            raise bad_request('can\'t parse keyboard button: Field "text" must be of type String')
        objects = [cast("Json", key) for key in keys if isinstance(key, dict)]
        requests = [key.get("request_managed_bot") for key in objects]
        _check_requests([request for request in requests if request is not None], manages)
    return None, markup


def _check_requests(requests: list[Any], manages: bool) -> None:
    """What the keys `request_managed_bot` hold."""
    seen: set[int] = set()
    for request in requests:
        if not isinstance(request, dict):
            raise bad_request("can't parse KeyboardButtonRequestManagedBot: Expected an Object")
        if not manages:
            raise bad_request("MANAGER_PERMISSION_MISSING")
        given = cast("Json", request)
        number = given.get("request_id")
        if isinstance(number, bool) or not isinstance(number, int) or not -(2**31) <= number < 2**31:
            raise bad_request('Field "request_id" must be a valid Number')
        if number in seen:
            raise bad_request("BUTTON_ID_INVALID")
        seen.add(number)
        if not all(isinstance(given.get(name) or "", str) for name in ("suggested_name", "suggested_username")):
            raise bad_request("can't parse KeyboardButtonRequestManagedBot: Expected a String")


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
