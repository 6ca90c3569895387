"""Whole programs, one a contestant: from the start of a process to the first validated object.

Each is given a schema's file, an instance's file, the name of the class, the hand-written module's bytecode, the folder
of a store that holds the classes, and their digest.
"""

from __future__ import annotations

from typing import Final

from benchmarks import contestants

_READ: Final = "import json, sys\nschema = json.load(open(sys.argv[1], 'rb'))\n"
_VALIDATE: Final = "\nroot.model_validate_json(open(sys.argv[2], 'rb').read())\n"

_STORE: Final = "import os, sys\nos.environ['DYNMODELS_CACHE_DIR'] = sys.argv[5]\n"

_GENERATOR: Final = """
from datamodel_code_generator import GenerateConfig, InputFileType, generate_dynamic_models
config = GenerateConfig(input_file_type=InputFileType.JsonSchema{formatters})
root = generate_dynamic_models(schema, config=config)[sys.argv[3]]
"""

_WRITTEN: Final = """
import sys
from importlib.machinery import SourcelessFileLoader
from importlib.util import module_from_spec, spec_from_loader
loader = SourcelessFileLoader("written", sys.argv[4])
module = sys.modules["written"] = module_from_spec(spec_from_loader("written", loader))
loader.exec_module(module)
root = getattr(module, sys.argv[3])
"""

STORED: Final = contestants.STORED.name
STORED_MAPPING: Final = "dynmodels, stored, parsed"
BY_NAME: Final = "dynmodels, stored, by name"

_CONTESTANTS: Final = {
    contestants.COLD.name: f"""{_READ}
from dynmodels import generate_dynamic_models
root = generate_dynamic_models(schema, store=False).root
""",
    STORED: f"""{_STORE}
from pathlib import Path
from dynmodels import generate_dynamic_models
root = generate_dynamic_models(Path(sys.argv[1]))[sys.argv[3]]
""",
    STORED_MAPPING: f"""{_READ}{_STORE}
from dynmodels import generate_dynamic_models
root = generate_dynamic_models(schema)[sys.argv[3]]
""",
    BY_NAME: f"""{_STORE}
from importlib import import_module
root = getattr(import_module("dynmodels.generated.d" + sys.argv[6]), sys.argv[3])
""",
    contestants.FORMATTED.name: _READ + _GENERATOR.format(formatters=""),
    contestants.PLAIN.name: _READ + _GENERATOR.format(formatters=", formatters=[]"),
    "json-schema-to-pydantic": f"""{_READ}
from json_schema_to_pydantic import create_model
root = create_model(schema)
""",
    "jsonschema-pydantic-converter": f"""{_READ}
from jsonschema_pydantic_converter import transform
root = transform(schema)
""",
    "jambo": f"""{_READ}
from jambo import SchemaConverter
root = SchemaConverter.build(schema)
""",
    contestants.WRITTEN.name: _WRITTEN,
}

#: Those that take part where the document is so large that a build takes half a minute.
WARM: Final = (STORED, STORED_MAPPING, BY_NAME, contestants.WRITTEN.name)

#: The program's text by contestant; two that make no class show what no contestant can go below.
PROGRAMS: Final = {name: program + _VALIDATE for name, program in _CONTESTANTS.items()} | {
    "import pydantic only": "import pydantic\npydantic.BaseModel\n",
    "import dynmodels only": "import dynmodels\ndynmodels.generate_dynamic_models\n",
    "python only": "pass\n",
}
