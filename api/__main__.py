"""Prints the OpenAPI document: `make types` generates the page's types from it."""

import json
import sys

from api.app import create_app

sys.stdout.write(json.dumps(create_app().openapi(), indent=1))
