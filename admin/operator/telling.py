"""The words of the notice `operator_news`: what the operator did to a business, for its people."""

from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from admin.texts import quote, write
from core.texts import write_moment

_NAME, _REASON = 60, 500


class OperatorNews(BaseModel):
    model_config = ConfigDict(extra="ignore")

    what: Literal["suspended", "resumed", "read"]
    by: str = ""
    reason: str = ""
    until: AwareDatetime | None = None


def describe_operator_news(fields: Mapping[str, JsonValue], language: str, time_zone: str) -> str:
    """Raises ValidationError."""
    news = OperatorNews.model_validate(fields)
    match news.what:
        case "suspended":
            return write("op_news_suspended", language)
        case "resumed":
            return write("op_news_resumed", language)
        case "read":
            until = write_moment(news.until, language, time_zone) if news.until else "–"
            by = quote(news.by, _NAME) or write("someone", language)
            return write("op_news_read", language, by=by, reason=quote(news.reason, _REASON), until=until)
