"""A module that defines the base class of its generated classes, and builds them when it is imported.

To unpickle one of them is to import this module, which asks for the same classes meanwhile.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from dynmodels import generate_dynamic_models
from tests.documents import named


class Appliance(BaseModel):
    """What all of them are."""

    def label(self) -> str:
        """Say what stands on it."""
        return f"{type(self).__name__} {vars(self)['id']}"


Kettle: Any = generate_dynamic_models(named("Kettle"), base_class="tests.appliances.Appliance", store=False).root
