"""The tool's arguments as a person would write them."""

from datetime import date
from enum import Enum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class State(Enum):
    """Only issues in this state."""

    OPEN = "open"
    CLOSED = "closed"
    ANY = "any"


class Sort(Enum):
    """What to sort by."""

    CREATED = "created"
    UPDATED = "updated"
    COMMENTS = "comments"


class Created(BaseModel):
    """When the issue was opened."""

    since: date | None = None
    until: date | None = None


class SearchIssues(BaseModel):
    """Search the issues of the tracker, newest first."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[str, Field(min_length=1, max_length=500, description="Words to look for in title and body.")]
    state: State = State.OPEN
    labels: Annotated[list[str] | None, Field(max_length=20, description="Labels that an issue must all have.")] = None
    assignee: Annotated[str | None, Field(description="Login of whoever it is assigned to; null for nobody.")] = None
    created: Created | None = None
    sort: Sort = Sort.CREATED
    limit: Annotated[int, Field(ge=1, le=100, description="How many to give.")] = 20
    include_body: bool = False
