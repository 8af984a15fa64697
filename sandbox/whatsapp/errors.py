"""The Graph API's refusals, in Meta's codes and JSON.

Source: developers.facebook.com, WhatsApp Cloud API error codes, November 2026.
"""

import secrets

import orjson
from aiohttp import web

from sandbox.records import Json

TITLES = {
    100: "Invalid parameter",
    130429: "Rate limit hit",
    131000: "Something went wrong",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131026: "Message undeliverable",
    131047: "Re-engagement message",
    131051: "Unsupported message type",
    131053: "Media upload error",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    132000: "Number of parameters does not match the expected number of params",
    132001: "Template name does not exist in the translation",
}
HREF = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"
LATE = "Message failed to send because more than 24 hours have passed since the customer last replied to this number."
UNDELIVERABLE = "Message Undeliverable."


class GraphError(Exception):
    def __init__(
        self,
        code: int,
        details: str = "",
        *,
        message: str = "",
        status: int = 400,
        subcode: int | None = None,
        transient: bool = False,
    ) -> None:
        super().__init__(details or message)
        self.code = code
        self.details = details
        self.message = message or f"(#{code}) {TITLES.get(code, 'Error')}"
        self.status = status
        self.subcode = subcode
        self.transient = transient

    def response(self) -> web.Response:
        error: Json = {"message": self.message, "type": "OAuthException", "code": self.code}
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.transient:
            error["is_transient"] = True
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
        return web.Response(status=self.status, body=orjson.dumps({"error": error}), content_type="application/json")

    def reported(self) -> Json:
        """The same as an item of `errors` in a `failed` status."""
        title = TITLES.get(self.code, "Error")
        return {
            "code": self.code,
            "title": title,
            "message": title,
            "error_data": {"details": self.details or title},
            "href": HREF,
        }


def invalid(details: str) -> GraphError:
    """A value that has the right type but breaks a rule of interactive messages."""
    return GraphError(131009, details)


def bad_parameter(text: str) -> GraphError:
    """A parameter of the wrong type or length."""
    return GraphError(100, text, message=f"(#100) {text}")


def missing(name: str) -> GraphError:
    return GraphError(100, message=f"(#100) The parameter {name} is required.")


def not_an_object(object_id: str, method: str) -> GraphError:
    return GraphError(
        100,
        message=f"Unsupported {method.lower()} request. Object with ID '{object_id}' does not exist, cannot be loaded "
        "due to missing permissions, or does not support this operation",
        subcode=33,
    )


def bad_token() -> GraphError:
    return GraphError(190, message="Invalid OAuth access token - Cannot parse access token", status=401)
