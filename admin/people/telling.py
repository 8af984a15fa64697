"""The words of the notice `people_news`."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from admin.people.roles import ROLE_KEYS
from admin.texts import quote, write
from core.desk_changes import Role

_NAME = 60


class PeopleNews(BaseModel):
    model_config = ConfigDict(extra="ignore")

    what: Literal["joined", "left", "removed", "role", "yours"]
    name: str = ""
    role: Role = "viewer"
    by: str = ""
    freed: int = Field(default=0, ge=0)
    """Conversations that went back to the bot."""


def describe_people_news(fields: Mapping[str, JsonValue], language: str) -> str:
    """Raises ValidationError."""
    news = PeopleNews.model_validate(fields)
    someone = write("someone", language)
    name, by = quote(news.name, _NAME) or someone, quote(news.by, _NAME) or someone
    role = write(ROLE_KEYS[news.role], language)
    match news.what:
        case "joined":
            text = write("people_news_joined", language, name=name, role=role)
        case "left":
            text = write("people_news_left", language, name=name)
        case "removed":
            text = write("people_news_removed", language, name=name, by=by)
        case "role":
            text = write("people_news_role", language, name=name, role=role)
        case "yours":
            text = write("people_news_yours", language, by=by, role=role)
    return f"{text}\n{write('people_freed', language, count=news.freed)}" if news.freed else text
